//! Messages say in which trace they were created, and each call is a span, while anything is traced.

use otel::context::{Origin, propagated};
use otel::operation::{Operation, Tracer};
use shared::error::ServiceError;
use shared::limits::MAX_ATTRIBUTES;
use shared::message::{Attribute, TRACEPARENT, TRACESTATE, is_carrier};

use crate::outgoing::Outgoing;
use crate::port::{Entry, SendPort};

/// Bytes that a message may grow by: as much as the W3C wants kept.
pub(crate) const CONTEXT: usize =
    TRACEPARENT.len() + "String".len() + 55 + TRACESTATE.len() + "String".len() + 512;

/// The message, which says in which span it was created, if there is one and there is room.
#[must_use]
pub fn in_context(mut message: Outgoing) -> Outgoing {
    place(&mut message);
    message
}

/// Has the message say in which span it is sent, if there is one.
pub(crate) fn place(message: &mut Outgoing) {
    add(message, &propagated());
}

/// Makes the call within a span of its own. It is linked to where its messages were created; those that
/// were created nowhere carry its own context.
pub(crate) async fn send(
    port: &impl SendPort,
    messages: &mut [Outgoing],
) -> Result<Vec<Entry>, ServiceError> {
    let Some(tracer) = Tracer::at(port.url()) else { return port.send(messages).await };
    let mut draft = tracer.draft(Operation::Send).batch(messages.len());
    for (origin, message) in
        messages.iter().filter_map(|message| Some((Origin::of(&message.attributes)?, message)))
    {
        draft = draft.link(origin, &message.dedup_id);
    }
    let span = draft.begin();
    let answer = span.around(call(port, messages)).await;
    span.end(error(&answer));
    answer
}

async fn call(port: &impl SendPort, messages: &mut [Outgoing]) -> Result<Vec<Entry>, ServiceError> {
    let context = propagated();
    for message in messages.iter_mut() {
        add(message, &context);
    }
    port.send(messages).await
}

/// Adds what there is room for, unless it carries a context already.
fn add(message: &mut Outgoing, context: &[(&'static str, String)]) {
    if message.attributes.iter().any(|attribute| is_carrier(&attribute.name)) {
        return;
    }
    for (name, value) in context {
        let attribute = Attribute::text(name, value);
        // One is taken by the dedup id.
        let fits = message.attributes.len() + 1 < MAX_ATTRIBUTES
            && message.bytes() + attribute.bytes() <= shared::limits::MAX_BYTES;
        if fits {
            message.attributes.push(attribute);
        }
    }
}

fn error(answer: &Result<Vec<Entry>, ServiceError>) -> Option<&'static str> {
    match answer {
        Ok(entries) if entries.iter().all(|entry| *entry == Entry::Taken) => None,
        Ok(_) => Some("failed"),
        Err(fault) => Some(fault.kind.word()),
    }
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;

    use super::*;

    #[test]
    fn a_call_that_failed_for_one_entry_is_marked() {
        let fault = ServiceError::of(ErrorKind::Denied, "SendMessageBatch", "no");
        assert_eq!(error(&Ok(vec![Entry::Taken])), None);
        assert_eq!(error(&Ok(vec![Entry::Taken, Entry::Failed("Code".into())])), Some("failed"));
        assert_eq!(error(&Err(fault)), Some("denied"));
    }

    #[test]
    fn a_context_is_added_where_there_is_room_and_none_yet() {
        let context = [(TRACEPARENT, "00-1-2-01".to_owned()), (TRACESTATE, "a=b".to_owned())];
        let added = |count: usize| {
            let mut message = Outgoing::new("m", "b");
            message.attributes = (0..count).map(|n| Attribute::text(&format!("a-{n}"), "1")).collect();
            add(&mut message, &context);
            add(&mut message, &context);
            message.attributes.len() - count
        };
        assert_eq!([0, 7, 8, 9].map(added), [2, 2, 1, 0]);
    }
}
