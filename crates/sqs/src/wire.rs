//! Reads what SQS sends and writes what it gets: the crate's words against the SDK's types.

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    self, MessageAttributeValue, MessageSystemAttributeName as System, MessageSystemAttributeValue,
};
use shared::message::{Attribute, AttributeValue, Received};

use crate::answer::{self, Flaw, Judged, Raw, Text, sent_at};
use crate::dead_letter::message::DeadLetter;

/// What of a message's own system attributes is asked for.
pub(super) const SYSTEM: [System; 4] =
    [System::ApproximateReceiveCount, System::SentTimestamp, System::MessageGroupId, System::AwsTraceHeader];

/// The message in an answer that the SDK read.
pub(super) fn received(message: types::Message) -> Judged {
    let system = message.attributes.map(|mut system| {
        let mut take = |name| system.remove(&name);
        answer::System {
            approximate_receive_count: take(System::ApproximateReceiveCount).map(text),
            sent_timestamp: take(System::SentTimestamp).map(text),
            message_group_id: take(System::MessageGroupId),
            trace_header: take(System::AwsTraceHeader),
        }
    });
    let attributes = message.message_attributes.unwrap_or_default();
    let raw = Raw {
        message_id: message.message_id,
        receipt_handle: message.receipt_handle.map(text),
        md5_of_body: message.md5_of_body.map(text),
        body: message.body,
        system,
        attributes: attributes.into_iter().filter_map(|(name, value)| attribute(name, value)).collect(),
    };
    raw.judge()
}

fn text(text: String) -> Text<'static> {
    Text(text.into())
}

/// The letter in an answer: a message, and what only an operator wants to know.
pub(super) fn letter(mut message: types::Message) -> Result<DeadLetter, Flaw> {
    let system = message.attributes.get_or_insert_default();
    let moved_from = system.remove(&System::DeadLetterQueueSourceArn);
    let first = system.get(&System::ApproximateFirstReceiveTimestamp);
    let first_received_at = first.and_then(|text| sent_at(text));
    let Received { message, receipt } = received(message).map_err(|(flaw, _)| flaw)?;
    Ok(DeadLetter { message, receipt, first_received_at, moved_from })
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
    use shared::message::{DEDUP_ID, DedupId};

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
        assert_eq!(with("92eb5ffee6ae2fec3ad71c777531578e"), Err((Flaw::Corrupt, None)));
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
