//! The context in which a message was created, as it travels with the message.
//!
//! <https://www.w3.org/TR/trace-context/>

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use shared::message::{Attribute, TRACEPARENT, TRACESTATE};

/// The span that a message was created in, by another process most likely.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin(pub(super) SpanContext);

/// While it is there, log lines of this thread belong to an origin.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Entered(#[expect(dead_code, reason = "kept to be dropped")] ContextGuard);

impl Origin {
    /// Reads what a message carries; `None` where it is malformed.
    pub fn read(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        // The SDK takes shorter ones, too.
        if !traceparent.split('-').map(str::len).take(4).eq([2, 32, 16, 2]) {
            return None;
        }
        let propagated = Incoming { traceparent, tracestate };
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &propagated);
        let origin = context.span().span_context().clone();
        origin.is_valid().then_some(Self(origin))
    }

    /// What a message with these attributes carries.
    pub fn of(attributes: &[Attribute]) -> Option<Self> {
        let text = |name| Attribute::find_text(attributes, name);
        Self::read(text(TRACEPARENT)?, text(TRACESTATE))
    }

    /// From now on log lines belong to it.
    pub fn enter(self) -> Entered {
        Entered(self.context().attach())
    }

    pub(super) fn context(self) -> Context {
        Context::new().with_remote_span_context(self.0)
    }
}

/// The current span as attributes for a message that is created in it; nothing where there is none.
pub fn propagated() -> Vec<(&'static str, String)> {
    let propagated = crate::provider::current(|_| {
        let mut propagated = Outgoing::default();
        TraceContextPropagator::new().inject(&mut propagated);
        propagated.0
    });
    propagated.unwrap_or_default()
}

struct Incoming<'a> {
    traceparent: &'a str,
    tracestate: Option<&'a str>,
}

impl Extractor for Incoming<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            TRACEPARENT => Some(self.traceparent),
            TRACESTATE => self.tracestate,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

#[derive(Default)]
struct Outgoing(Vec<(&'static str, String)>);

impl Injector for Outgoing {
    fn set(&mut self, name: &str, value: String) {
        let name = [TRACEPARENT, TRACESTATE].into_iter().find(|known| *known == name);
        // SQS takes no empty values.
        if let Some(name) = name.filter(|_| !value.is_empty()) {
            self.0.push((name, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn written(origin: Origin) -> Vec<(&'static str, String)> {
        let mut propagated = Outgoing::default();
        TraceContextPropagator::new().inject_context(&origin.context(), &mut propagated);
        propagated.0
    }

    #[test]
    fn a_context_comes_out_as_it_went_in() {
        let origin = Origin::read(GOOD, Some("vendor=1")).unwrap();
        assert_eq!(written(origin), [(TRACEPARENT, GOOD.to_owned()), (TRACESTATE, "vendor=1".to_owned())]);
    }

    #[test]
    fn an_empty_tracestate_is_not_sent() {
        assert_eq!(written(Origin::read(GOOD, None).unwrap()), [(TRACEPARENT, GOOD.to_owned())]);
    }

    #[test]
    fn what_is_malformed_is_ignored() {
        for text in [
            "",
            "00",
            "hello",
            "00-ab-cd-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-ü-ü-01",
        ] {
            assert_eq!(Origin::read(text, None), None, "{text:?}");
        }
        let origin = Origin::read(GOOD, Some("soon")).unwrap();
        assert_eq!(written(origin), [(TRACEPARENT, GOOD.to_owned())]);
    }

    #[test]
    fn while_nothing_is_traced_nothing_is_carried() {
        let origin = Origin::read(GOOD, None).unwrap();
        let _inside = origin.enter();
        assert_eq!(propagated(), []);
    }
}
