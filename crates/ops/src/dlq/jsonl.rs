//! A letter as a line of JSON, and the check of a line that somebody may have edited.

use outbound::attribute_json::{self, Values};
use serde::{Deserialize, Serialize};
use shared::message::DedupId;
use sqs::dead_letter::message::{DeadLetter, SkipReason};
use sqs::dead_letter::outgoing::OutgoingMessage;
use sqs::dead_letter::read::Metadata;

use super::validate;
use crate::text;

/// What a line says. Only the body is needed; the rest is there for whoever reads it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Line {
    message_id: Option<String>,
    /// The message's name; its attribute `dedup-id`, if it has one, says the same.
    dedup_id: Option<String>,
    sent_at: Option<String>,
    first_received_at: Option<String>,
    receive_count: Option<u32>,
    /// The queue that SQS itself moved it from.
    moved_from: Option<String>,
    group: Option<String>,
    trace_header: Option<String>,
    attributes: Values,
    body: String,
}

/// How a line is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// As the message that it was before it became a letter.
    pub(super) as_before: bool,
    /// Without its name where there is no room for it.
    pub(super) new_identity: bool,
}

impl From<&DeadLetter> for Line {
    fn from(letter: &DeadLetter) -> Self {
        let message = &letter.message;
        Self {
            message_id: Some(message.message_id.clone()),
            dedup_id: Some(letter.name().into_owned()),
            sent_at: message.sent_at.map(text::time),
            first_received_at: letter.first_received_at.map(text::time),
            receive_count: Some(message.receive_count),
            moved_from: letter.moved_from.clone(),
            group: message.group.clone(),
            trace_header: message.trace_header.clone(),
            attributes: attribute_json::write(&message.attributes),
            body: message.body.clone(),
        }
    }
}

/// The letter on a line, under the name that it had; without any, under a new one.
///
/// # Errors
/// A sentence that says which letter SQS would not take and why, without quoting more of the line.
pub(super) fn read(line: &str, reading: Reading) -> Result<OutgoingMessage, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| text::class(&error.to_string()))?;
    let name =
        [line.dedup_id.clone(), line.message_id.clone()].into_iter().flatten().find(|name| !name.is_empty());
    let about = |why| {
        name.as_ref().map_or_else(|| String::clone(&why), |name| format!("{}: {why}", text::plain(name)))
    };
    let outgoing = outgoing(line, reading).map_err(about)?;
    let named = match &name {
        Some(name) => outgoing.named(name, reading.new_identity),
        None => outgoing.named(&DedupId::generate().to_string(), true),
    };
    named.ok_or_else(|| about(SkipReason::NoRoom.to_string()))
}

fn outgoing(line: Line, reading: Reading) -> Result<OutgoingMessage, String> {
    let Line { message_id, group, trace_header, attributes, body, .. } = line;
    let attributes = attribute_json::read(attributes).map_err(|bad| text::plain(&bad.to_string()))?;
    let attributes = if reading.as_before { Metadata::of(&attributes).own } else { attributes };
    let outgoing = OutgoingMessage { body, attributes, group, message_id, trace_header };
    validate::check(&outgoing)?;
    Ok(outgoing)
}

#[cfg(test)]
mod tests {
    use shared::message::{Attribute, AttributeValue};

    use super::*;
    use sqs::dead_letter::testing::{full_letter, letter};
    use sqs::name;

    fn write(letter: &DeadLetter) -> String {
        serde_json::to_string(&Line::from(letter)).unwrap()
    }

    #[test]
    fn a_letter_survives_as_a_line_byte_for_byte() {
        let body = "line\nend\r\n\t🦀 \"quoted\" \\ \u{85}\u{9b}\u{2028}\u{fffd}\u{10ffff}";
        let mut letter = letter("m", body, &[("dedup-id", "order-1"), ("dlq-reason", "x"), ("z", "é")]);
        let bytes = AttributeValue::Bytes((0..=255).collect());
        letter
            .message
            .attributes
            .insert(0, Attribute { name: "b".into(), data_type: "Binary.x".into(), value: bytes });
        letter.message.group = Some("tenant é".into());
        letter.message.trace_header = Some("Root=1-2-3".into());
        let line = write(&letter);
        assert!(!line.contains('\n'));
        let outgoing = read(&line, Reading::default()).unwrap();
        let mut attributes = letter.message.attributes.clone();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        let OutgoingMessage { body: read, attributes: said, group, message_id, trace_header } = outgoing;
        assert_eq!((read.as_str(), said), (body, attributes));
        assert_eq!(message_id.as_deref(), Some("m"));
        assert_eq!((group, trace_header), (letter.message.group, letter.message.trace_header));
    }

    #[test]
    fn attributes_come_in_one_order_whatever_the_queues() {
        let said = [("b", "2"), ("a", "1"), ("c", "3")];
        let mut turned = said;
        turned.reverse();
        assert_eq!(write(&letter("m", "b", &said)), write(&letter("m", "b", &turned)));
    }

    #[test]
    fn a_letter_keeps_its_name_or_gets_one() {
        let named = read(&write(&letter("m", "b", &[])), Reading::default()).unwrap();
        assert_eq!(named.attributes, [Attribute::text("dedup-id", "m")]);
        let new = read(r#"{"body":"b"}"#, Reading::default()).unwrap();
        assert_eq!(new.attributes[0].name, "dedup-id");
    }

    #[test]
    fn a_letter_without_room_for_its_name_is_written_in_a_form_that_is_read() {
        let mut full = read(&write(&full_letter("m", "b")), Reading::default()).unwrap().attributes;
        assert_eq!(name::take_label(&mut full).map(|name| DedupId::of(&name)), Some(DedupId::of("m")));
        let line = write(&letter("m-1", &"x".repeat(shared::limits::MAX_BYTES), &[]));
        let why = read(&line, Reading::default()).unwrap_err();
        assert!(why.starts_with("m-1: no room") && why.contains("--new-identity"), "{why}");
        let reading = Reading { new_identity: true, ..Reading::default() };
        assert!(read(&line, reading).unwrap().attributes.is_empty());
    }

    #[test]
    fn as_before_it_says_nothing_of_its_death() {
        let said = [("dedup-id", "order-1"), ("dlq-reason", "x"), ("kind", "y")];
        let before =
            read(&write(&letter("m", "b", &said)), Reading { as_before: true, ..Reading::default() })
                .unwrap();
        assert_eq!(before.attributes, [Attribute::text("dedup-id", "order-1"), Attribute::text("kind", "y")]);
    }

    #[test]
    fn what_sqs_would_refuse_is_found_before_and_not_quoted() {
        for line in [
            "",
            "secret",
            r#"{"body":""}"#,
            r#"{"body":"secret\u0000"}"#,
            r#"{"body":"b","atributes":{}}"#,
            r#"{"body":"b","receive_count":"secret"}"#,
            r#"{"body":"b","attributes":{"a":{"type":"String","text":""}}}"#,
            r#"{"body":"b","attributes":{"a":{"type":"Binary","text":"secret"}}}"#,
            r#"{"body":"b","attributes":{"a":{"type":"Binary","base64":"secret!"}}}"#,
            r#"{"body":"b","attributes":{"a b":{"type":"String","text":"secret"}}}"#,
            r#"{"body":"b","attributes":{"AWS.a":{"type":"String","text":"secret"}}}"#,
            r#"{"body":"b","attributes":{"a":{"type":"Strings","text":"secret"}}}"#,
        ] {
            let error = read(line, Reading::default()).unwrap_err();
            assert!(!error.contains("secret"), "{line}: {error}");
        }
        let long = format!(r#"{{"body":"{}"}}"#, "x".repeat(shared::limits::MAX_BYTES + 1));
        assert!(read(&long, Reading::default()).is_err());
    }
}
