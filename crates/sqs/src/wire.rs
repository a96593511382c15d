//! Reads what SQS sends and writes what it gets: the crate's words against the SDK's types.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    self, MessageAttributeValue, MessageSystemAttributeName as System, MessageSystemAttributeValue,
};
use shared::message::{Attribute, AttributeValue, DedupId, Message, Received, checksum};

use crate::dead_letter::message::DeadLetter;
use crate::name;

/// What of a message's own system attributes is asked for.
pub(super) const SYSTEM: [System; 4] =
    [System::ApproximateReceiveCount, System::SentTimestamp, System::MessageGroupId, System::AwsTraceHeader];

/// A message that cannot be used as it came. It is left to the queue, which hands it out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("SQS sent a message without body, id or receipt: left to the queue")]
    Incomplete,
    #[error("SQS sent a body that does not match its checksum: left to the queue")]
    Corrupt,
}

/// The message in an answer.
pub(super) fn received(message: types::Message) -> Result<Received, Flaw> {
    let body = message.body.ok_or(Flaw::Incomplete)?;
    if message.md5_of_body.is_some_and(|expected| expected != checksum(&body)) {
        return Err(Flaw::Corrupt);
    }
    let mut system = message.attributes.unwrap_or_default();
    let receive_count = system.get(&System::ApproximateReceiveCount).and_then(|text| text.parse().ok());
    let sent_at = system.get(&System::SentTimestamp).and_then(|text| sent_at(text));
    let attributes = message.message_attributes.unwrap_or_default();
    let mut attributes: Vec<_> =
        attributes.into_iter().filter_map(|(name, value)| attribute(name, value)).collect();
    let message_id = message.message_id.ok_or(Flaw::Incomplete)?;
    let label = name::take_label(&mut attributes);
    let dedup_id = name::said(&attributes).or(label.as_deref());
    Ok(Received {
        receipt: message.receipt_handle.ok_or(Flaw::Incomplete)?.into(),
        message: Message {
            id: DedupId::identify(dedup_id, &message_id),
            message_id,
            body,
            sent_at,
            receive_count: receive_count.unwrap_or(1),
            attributes,
            group: system.remove(&System::MessageGroupId),
            trace_header: system.remove(&System::AwsTraceHeader),
        },
    })
}

/// The letter in an answer: a message, and what only an operator wants to know.
pub(super) fn letter(mut message: types::Message) -> Result<DeadLetter, Flaw> {
    let system = message.attributes.get_or_insert_default();
    let moved_from = system.remove(&System::DeadLetterQueueSourceArn);
    let first = system.get(&System::ApproximateFirstReceiveTimestamp);
    let first_received_at = first.and_then(|text| sent_at(text));
    let Received { message, receipt } = received(message)?;
    Ok(DeadLetter { message, receipt, first_received_at, moved_from })
}

/// Milliseconds since 1970, as far as a `DATETIME` holds them (to the year 9999).
fn sent_at(text: &str) -> Option<SystemTime> {
    const YEAR_10000: u64 = 253_402_300_800_000;
    let millis = text.parse().ok().filter(|millis| *millis < YEAR_10000)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

fn attribute(name: String, value: MessageAttributeValue) -> Option<Attribute> {
    let text = value.string_value.map(AttributeValue::Text);
    let bytes = value.binary_value.map(|blob| AttributeValue::Bytes(blob.into_inner()));
    Some(Attribute { name, data_type: value.data_type, value: text.or(bytes)? })
}

/// The attribute as the SDK wants it.
pub(super) fn attribute_value(attribute: &Attribute) -> Result<MessageAttributeValue, BuildError> {
    let value = MessageAttributeValue::builder().data_type(&attribute.data_type);
    match &attribute.value {
        AttributeValue::Text(text) => value.string_value(text).build(),
        AttributeValue::Bytes(bytes) => value.binary_value(Blob::new(bytes.clone())).build(),
    }
}

/// `AWSTraceHeader` as the SDK wants it.
pub(super) fn trace_header(text: &str) -> Result<MessageSystemAttributeValue, BuildError> {
    MessageSystemAttributeValue::builder().data_type("String").string_value(text).build()
}

#[cfg(test)]
mod tests {
    use shared::message::DEDUP_ID;

    use super::*;

    fn message() -> types::builders::MessageBuilder {
        types::Message::builder().message_id("m").receipt_handle("r").body("b")
    }

    #[test]
    fn what_is_no_whole_message_is_left_out() {
        assert!(received(message().build()).is_ok());
        let parts = types::Message::builder;
        assert!(received(parts().message_id("m").body("b").build()).is_err());
        assert!(received(parts().message_id("m").receipt_handle("r").build()).is_err());
        assert!(received(parts().body("b").receipt_handle("r").build()).is_err());
    }

    #[test]
    fn a_body_that_changed_on_the_way_is_left_out() {
        let with =
            |md5: &str| received(message().md5_of_body(md5).build()).map(|received| received.message.body);
        assert_eq!(with("92eb5ffee6ae2fec3ad71c777531578f"), Ok("b".to_owned()));
        assert_eq!(with("92eb5ffee6ae2fec3ad71c777531578e"), Err(Flaw::Corrupt));
    }

    #[test]
    fn nonsense_in_system_attributes_costs_nothing_but_itself() {
        for text in ["", "-1", "soon", "253402300800000", "99999999999999999999"] {
            let message = message().attributes(System::SentTimestamp, text);
            let message = message.attributes(System::ApproximateReceiveCount, "many").build();
            let message = received(message).unwrap().message;
            assert_eq!((message.sent_at, message.receive_count), (None, 1), "{text:?}");
        }
    }

    #[test]
    fn a_message_is_named_by_its_dedup_id_attribute() {
        let value = MessageAttributeValue::builder().data_type("String").string_value("order-1");
        let named = message().message_attributes(DEDUP_ID, value.build().unwrap()).build();
        assert_eq!(received(named).unwrap().message.id, DedupId::of("order-1"));
        assert_eq!(received(message().build()).unwrap().message.id, DedupId::of("m"));
    }

    #[test]
    fn a_message_comes_with_its_group_and_its_place_in_a_trace() {
        let message = message().attributes(System::MessageGroupId, "tenant-1");
        let message = message.attributes(System::AwsTraceHeader, "Root=1-5759e988-bd862e3fe1be46a994272793");
        let message = received(message.build()).unwrap().message;
        assert_eq!(message.group.as_deref(), Some("tenant-1"));
        assert_eq!(message.trace_header.as_deref(), Some("Root=1-5759e988-bd862e3fe1be46a994272793"));
    }

    #[test]
    fn a_message_may_be_named_by_a_label() {
        let value = MessageAttributeValue::builder().data_type("String.dedup-id.order-1").string_value("x");
        let labelled = message().message_attributes("kind", value.build().unwrap()).build();
        let message = received(labelled).unwrap().message;
        assert_eq!(
            (message.id, message.attributes),
            (DedupId::of("order-1"), vec![Attribute::text("kind", "x")])
        );
    }
}
