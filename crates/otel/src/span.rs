//! A span around one call: drafted with all that a sampler may want to know, begun, and ended.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{FutureExt, Link, SpanBuilder, Status, TraceContextExt, Tracer as _, WithContext};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use crate::context::Origin;

/// A span that has not begun.
#[derive(Debug)]
pub struct Draft {
    sdk: &'static SdkTracer,
    builder: SpanBuilder,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
    parent: Context,
}

/// A span that has begun. Dropped before its end, it counts as abandoned.
#[derive(Debug)]
pub struct Span {
    context: Context,
    has_ended: bool,
}

impl Draft {
    pub(super) fn new(sdk: &'static SdkTracer, builder: SpanBuilder, attributes: Vec<KeyValue>) -> Self {
        Self { sdk, builder, attributes, links: Vec::new(), parent: Context::new() }
    }

    /// It began earlier.
    #[must_use]
    pub fn since(mut self, began: SystemTime) -> Self {
        self.builder.start_time = Some(began);
        self
    }

    /// The call takes batches, and this is one of so many messages.
    #[must_use]
    pub fn batch(mut self, count: usize) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.attributes.push(KeyValue::new("messaging.batch.message_count", count));
        self
    }

    /// It is about one message.
    #[must_use]
    pub fn single(mut self, message_id: &str) -> Self {
        self.attributes.push(KeyValue::new("messaging.message.id", message_id.to_owned()));
        self
    }

    /// It is about a message that was created there.
    #[must_use]
    pub fn link(mut self, origin: Origin, message_id: &str) -> Self {
        let message_id = KeyValue::new("messaging.message.id", message_id.to_owned());
        self.links.push(Link::new(origin.0, vec![message_id], 0));
        self
    }

    /// It goes on with the trace of the one message that it is about.
    #[must_use]
    pub fn child_of(mut self, origin: Origin) -> Self {
        self.parent = origin.context();
        self
    }

    /// Begins.
    pub fn begin(self) -> Span {
        let builder = self.builder.with_attributes(self.attributes).with_links(self.links);
        let span = self.sdk.build_with_context(builder, &self.parent);
        Span { context: self.parent.with_span(span), has_ended: false }
    }
}

impl Span {
    /// The future, inside of this span.
    pub fn around<F: Future>(&self, future: F) -> WithContext<F> {
        future.with_context(self.context.clone())
    }

    /// Ends; with what went wrong, in a word to filter by.
    pub fn end(mut self, error: Option<impl Into<Cow<'static, str>>>) {
        self.finish(error.map(Into::into));
    }

    fn finish(&mut self, error: Option<Cow<'static, str>>) {
        if let Some(error) = error {
            self.set("error.type", error.clone());
            self.context.span().set_status(Status::Error { description: error });
        }
        self.context.span().end();
        self.has_ended = true;
    }

    fn set(&self, name: &'static str, value: impl Into<opentelemetry::Value>) {
        self.context.span().set_attribute(KeyValue::new(name, value));
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if !self.has_ended {
            self.finish(Some("abandoned".into()));
        }
    }
}
