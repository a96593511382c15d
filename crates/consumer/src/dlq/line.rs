//! A letter as a line of JSON, and the check of a line that somebody may have edited.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use shared::message::DedupId;

use super::facts::Facts;
use super::letter::{Letter, Outgoing};
use super::{legal, say};
use crate::delivery::{Attribute, AttributeValue};

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
    attributes: BTreeMap<String, Value>,
    body: String,
}

/// Text or, in base64, bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    #[serde(rename = "type")]
    data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl From<&Letter> for Line {
    fn from(letter: &Letter) -> Self {
        let message = &letter.message;
        Self {
            message_id: Some(message.message_id.clone()),
            dedup_id: Some(letter.name().to_owned()),
            sent_at: message.sent_at.map(say::time),
            first_received_at: letter.first_received_at.map(say::time),
            receive_count: Some(message.receive_count),
            moved_from: letter.moved_from.clone(),
            attributes: message.attributes.iter().map(value).collect(),
            body: message.body.clone(),
        }
    }
}

fn value(attribute: &Attribute) -> (String, Value) {
    let (text, base64) = match &attribute.value {
        AttributeValue::Text(text) => (Some(text.clone()), None),
        AttributeValue::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
    };
    (attribute.name.clone(), Value { data_type: attribute.data_type.clone(), text, base64 })
}

/// The letter on a line, under the name that it had; without any, under a new one. `as_before`:
/// as the message that it was before it became a letter.
///
/// # Errors
/// A sentence that says what SQS would not take, without quoting the line.
pub(super) fn read(line: &str, as_before: bool) -> Result<Outgoing, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| say::class(&error.to_string()))?;
    let attributes = line.attributes.into_iter().map(attribute).collect::<Result<Vec<_>, _>>()?;
    let attributes = if as_before { Facts::of(&attributes).own } else { attributes };
    let name = line.dedup_id.or(line.message_id).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| DedupId::generate().to_string());
    let outgoing = Outgoing { body: line.body, attributes }.named(&name);
    legal::check(&outgoing)?;
    Ok(outgoing)
}

fn attribute((name, value): (String, Value)) -> Result<Attribute, String> {
    let Value { data_type, text, base64 } = value;
    let value = match (text, base64.map(|text| STANDARD.decode(text))) {
        (Some(text), None) => AttributeValue::Text(text),
        (None, Some(Ok(bytes))) => AttributeValue::Bytes(bytes),
        (None, Some(Err(_))) => return Err(format!("attribute {} is not base64", say::plain(&name))),
        _ => return Err(format!("attribute {} needs either text or base64", say::plain(&name))),
    };
    Ok(Attribute { name, data_type, value })
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::letter;
    use super::*;
    use crate::dead_letter::text;

    fn write(letter: &Letter) -> String {
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
        let line = write(&letter);
        assert!(!line.contains('\n'));
        let outgoing = read(&line, false).unwrap();
        let mut attributes = letter.message.attributes.clone();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!((outgoing.body.as_str(), outgoing.attributes), (body, attributes));
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
        let named = read(&write(&letter("m", "b", &[])), false).unwrap();
        assert_eq!(named.attributes, [text("dedup-id", "m")]);
        let new = read(r#"{"body":"b"}"#, false).unwrap();
        assert_eq!(new.attributes[0].name, "dedup-id");
    }

    #[test]
    fn as_before_it_says_nothing_of_its_death() {
        let said = [("dedup-id", "order-1"), ("dlq-reason", "x"), ("kind", "y")];
        let before = read(&write(&letter("m", "b", &said)), true).unwrap();
        assert_eq!(before.attributes, [text("dedup-id", "order-1"), text("kind", "y")]);
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
            let error = read(line, false).unwrap_err();
            assert!(!error.contains("secret"), "{line}: {error}");
        }
        let long = format!(r#"{{"body":"{}"}}"#, "x".repeat(shared::sqs::MAX_BYTES - 20));
        assert!(read(&long, false).is_err());
    }
}
