//! What is done with messages, and how the conventions call it.
//!
//! <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>

use opentelemetry::trace::{SpanKind, Tracer as _};
use opentelemetry::{KeyValue, StringValue};
use opentelemetry_sdk::trace::SdkTracer;
use shared::queue::{name_in, server_in};

use crate::provider::TRACER;
use crate::span::Draft;

/// What is done with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// They are created and put on the queue; they carry this span's context.
    Send,
    /// One that carries another context already is put on the queue.
    SendOn,
    /// They are asked for.
    Receive,
    /// They are worked on.
    Process,
    /// They are done with.
    Delete,
    /// They are kept, or given back.
    ChangeVisibility,
}

/// Makes the spans of what is done with one queue.
#[derive(Debug)]
pub struct Tracer {
    sdk: &'static SdkTracer,
    queue: String,
    server: Option<(StringValue, Option<i64>)>,
}

impl Operation {
    /// Its name, its type and its kind, in the conventions' words.
    fn words(self) -> (&'static str, &'static str, SpanKind) {
        match self {
            Self::Send => ("send", "send", SpanKind::Producer),
            Self::SendOn => ("send", "send", SpanKind::Client),
            Self::Receive => ("receive", "receive", SpanKind::Client),
            Self::Process => ("process", "process", SpanKind::Consumer),
            Self::Delete => ("delete", "settle", SpanKind::Client),
            Self::ChangeVisibility => ("change_visibility", "settle", SpanKind::Client),
        }
    }
}

impl Tracer {
    /// For the queue of that name at that server (`host` or `host:port`); `None` while nothing is
    /// traced.
    pub fn of(queue: &str, server: Option<&str>) -> Option<Self> {
        let sdk = TRACER.get()?;
        Some(Self { sdk, queue: queue.to_owned(), server: server.map(address) })
    }

    /// For the queue at that URL; `None` while nothing is traced.
    pub fn at(url: &str) -> Option<Self> {
        Self::of(name_in(url), server_in(url))
    }

    /// A span of an operation.
    pub fn draft(&self, operation: Operation) -> Draft {
        let (name, kind_of_operation, kind) = operation.words();
        let queue = &self.queue;
        let mut attributes = vec![
            KeyValue::new("messaging.system", "aws_sqs"),
            KeyValue::new("messaging.operation.name", name),
            KeyValue::new("messaging.operation.type", kind_of_operation),
            KeyValue::new("messaging.destination.name", queue.clone()),
        ];
        if let Some((host, port)) = &self.server {
            attributes.push(KeyValue::new("server.address", host.clone()));
            attributes.extend(port.map(|port| KeyValue::new("server.port", port)));
        }
        let builder = self.sdk.span_builder(format!("{name} {queue}")).with_kind(kind);
        Draft::new(self.sdk, builder, attributes)
    }
}

fn address(server: &str) -> (StringValue, Option<i64>) {
    let split = server.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match split {
        Some((host, port)) => (host.to_owned().into(), Some(port.into())),
        None => (server.to_owned().into(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_and_perhaps_a_port() {
        assert_eq!(server_in("http://127.0.0.1:4566/000000000000/q"), Some("127.0.0.1:4566"));
        assert_eq!(address("127.0.0.1:4566"), ("127.0.0.1".into(), Some(4566)));
        assert_eq!(address("sqs.us-east-1.amazonaws.com"), ("sqs.us-east-1.amazonaws.com".into(), None));
        assert_eq!(address("[::1]"), ("[::1]".into(), None));
        assert_eq!(server_in("q"), None);
    }

    #[test]
    fn while_nothing_is_traced_there_is_no_tracer() {
        assert!(Tracer::at("http://127.0.0.1:4566/000000000000/q").is_none());
    }
}
