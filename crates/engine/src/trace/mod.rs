//! Spans around the queue and the handler, and not in them; without tracing a pointer is looked at.

use std::sync::Arc;

use otel::context::{Entered, Origin};
use otel::operation::Tracer;
use shared::message::Message;

use crate::queue::Queue;

mod handler;
mod queue;

/// A queue or a handler whose calls are traced.
#[derive(Debug)]
pub(crate) struct Traced<T> {
    inner: Arc<T>,
    /// `None` while nothing is traced.
    tracer: Option<Tracer>,
}

/// Traces what both do about the queue's messages, if anything is traced.
pub(crate) fn around<Q: Queue, H>(queue: Arc<Q>, handler: Arc<H>) -> (Arc<Traced<Q>>, Arc<Traced<H>>) {
    let tracer = || Tracer::of(queue.name().unwrap_or_default(), queue.server());
    let handler = Traced { inner: handler, tracer: tracer() };
    let tracer = tracer();
    (Arc::new(Traced { inner: queue, tracer }), Arc::new(handler))
}

/// Where the message was created, as far as it says so.
pub(crate) fn origin(message: &Message) -> Option<Origin> {
    Origin::of(&message.attributes)
}

/// While it is kept, log lines say where the message was created, if anything is traced.
pub(crate) fn enter(message: &Message) -> Option<Entered> {
    if otel::provider::is_on() { origin(message).map(Origin::enter) } else { None }
}

#[cfg(test)]
mod tests {
    use shared::message::{Attribute, AttributeValue, DedupId, TRACEPARENT};

    use super::*;

    fn message(value: AttributeValue) -> Message {
        let attribute = Attribute { name: TRACEPARENT.into(), data_type: "String".into(), value };
        Message {
            id: DedupId::of("m"),
            message_id: "m".into(),
            body: "b".into(),
            sent_at: None,
            receive_count: 1,
            attributes: vec![attribute],
            group: None,
            trace_header: None,
        }
    }

    #[test]
    fn a_message_says_where_it_was_created_or_nothing() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(origin(&message(AttributeValue::Text(good.into()))), Origin::read(good, None));
        for value in [AttributeValue::Text("soon".into()), AttributeValue::Bytes(good.into())] {
            assert_eq!(origin(&message(value)), None);
        }
        assert_eq!(
            origin(&Message { attributes: vec![], ..message(AttributeValue::Text(good.into())) }),
            None
        );
    }
}
