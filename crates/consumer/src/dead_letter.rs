//! What a dead letter says beside its body: everything its sender said, and why it was given up.

use std::time::SystemTime;

use serde_json::json;
use shared::message::DEDUP_ID;
use shared::spans::is_carrier;
use shared::sqs::MAX_BYTES;

use crate::delivery::{Attribute, AttributeValue, Message};
use crate::handler::Rejection;

/// SQS takes ten attributes a message.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(crate) const MOST: usize = 10;
/// Characters of an error that are worth keeping.
const ERROR_CHARS: usize = 500;

/// The names of what is said here; all other attributes are the sender's.
pub(crate) const OURS: [&str; 6] =
    ["dlq-reason", "dlq-error", "dlq-attempts", "dlq-source", "dlq-at", "dlq-more"];

/// The attributes to send with the body: the sender's, then ours as far as SQS takes them.
///
/// Where the sender's leave no room for ours one by one, ours are packed into `dlq-more`, and with
/// them what of the sender's had to make room for that.
pub(crate) fn attributes(message: &Message, rejection: &Rejection, source: &str) -> Vec<Attribute> {
    let mut attributes = named(message);
    let reason = text("dlq-reason", rejection.reason);
    let facts = [
        ("dlq-error", escaped(&rejection.error)),
        ("dlq-attempts", message.receive_count.to_string()),
        ("dlq-source", source.to_owned()),
        ("dlq-at", humantime::format_rfc3339_millis(SystemTime::now()).to_string()),
    ];
    let ours = if attributes.len() + 1 + facts.len() <= MOST {
        facts.map(|(name, value)| text(name, &value)).to_vec()
    } else {
        let displaced = attributes.split_off(attributes.len().min(MOST - 2));
        let displaced: Vec<_> = displaced.iter().map(described).collect();
        let facts = serde_json::Map::from_iter(facts.map(|(name, value)| (name.to_owned(), json!(value))));
        vec![text("dlq-more", &json!({ "facts": facts, "attributes": displaced }).to_string())]
    };
    attributes.push(reason);
    attributes.extend(ours);
    fitting(attributes, MAX_BYTES - message.body.len().min(MAX_BYTES))
}

/// The sender's attributes, the name first: sent on, the message gets another `MessageId`.
fn named(message: &Message) -> Vec<Attribute> {
    let (mut name, mut others): (Vec<_>, Vec<_>) =
        message.attributes.iter().cloned().partition(|attribute| attribute.name == DEDUP_ID);
    // Bytes are no name: such a message goes by its `MessageId`, too.
    if !name.iter().any(|attribute| matches!(attribute.value, AttributeValue::Text(_))) {
        name = vec![text(DEDUP_ID, &message.message_id)];
    }
    // The first ones are never packed away: whoever traces the letter looks for it by name.
    others.sort_by_key(|attribute| !is_carrier(&attribute.name));
    name.extend(others);
    name
}

/// Those that fit beside the body: a body may fill a message all by itself.
fn fitting(attributes: Vec<Attribute>, mut room: usize) -> Vec<Attribute> {
    let fits = |attribute: &Attribute| {
        let fits = bytes(attribute) <= room;
        room -= if fits { bytes(attribute) } else { 0 };
        fits
    };
    attributes.into_iter().filter(fits).collect()
}

pub(crate) fn bytes(attribute: &Attribute) -> usize {
    let value = match &attribute.value {
        AttributeValue::Text(text) => text.len(),
        AttributeValue::Bytes(bytes) => bytes.len(),
    };
    attribute.name.len() + attribute.data_type.len() + value
}

fn described(attribute: &Attribute) -> serde_json::Value {
    let value = match &attribute.value {
        AttributeValue::Text(text) => json!(text),
        AttributeValue::Bytes(bytes) => json!(bytes),
    };
    json!({ "name": attribute.name, "type": attribute.data_type, "value": value })
}

/// SQS takes no empty values.
pub(crate) fn text(name: &str, value: &str) -> Attribute {
    let value = AttributeValue::Text(if value.is_empty() { "-".to_owned() } else { value.to_owned() });
    Attribute { name: name.to_owned(), data_type: "String".to_owned(), value }
}

/// In printable characters: SQS refuses most control characters, and a terminal obeys them.
fn escaped(error: &str) -> String {
    error.chars().take(ERROR_CHARS).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::message::DedupId;
    use shared::spans::TRACEPARENT;

    fn message(body: &str) -> Message {
        Message {
            id: DedupId::of("m"),
            message_id: "m".into(),
            body: body.into(),
            sent_at: None,
            receive_count: 3,
            attributes: Vec::new(),
        }
    }

    fn rejection() -> Rejection {
        Rejection { reason: "data-error", error: "bad\u{9b}\n".into() }
    }

    fn letter(body: &str, own: usize) -> Vec<Attribute> {
        let own = (0..own).map(|n| text(&format!("own-{n}"), "x")).collect();
        attributes(&Message { attributes: own, ..message(body) }, &rejection(), "http://h/0/q")
    }

    fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
        match &attributes.iter().find(|attribute| attribute.name == name)?.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Bytes(_) => None,
        }
    }

    #[test]
    fn a_dead_letter_says_why_and_keeps_its_name() {
        let letter = letter("b", 0);
        let value = |name| value(&letter, name);
        assert_eq!((value("dlq-reason"), value("dlq-attempts")), (Some("data-error"), Some("3")));
        assert_eq!((value("dlq-error"), value(DEDUP_ID)), (Some("bad\\u{9b}\\n"), Some("m")));
    }

    #[test]
    fn nothing_the_sender_said_is_lost_for_want_of_attributes() {
        for own in 0..=MOST {
            let letter = letter("b", own);
            assert!(letter.len() <= MOST && value(&letter, "dlq-reason") == Some("data-error"));
            let more = value(&letter, "dlq-more").unwrap_or_default();
            let kept =
                |n| value(&letter, &format!("own-{n}")).is_some() || more.contains(&format!("own-{n}"));
            assert!((0..own).all(kept), "{own}");
        }
    }

    #[test]
    fn a_dead_letter_keeps_the_context_of_its_message() {
        for own in 0..MOST {
            let mut attributes: Vec<_> = (0..own).map(|n| text(&format!("own-{n}"), "x")).collect();
            attributes.push(text(TRACEPARENT, "00-1-2-01"));
            let message = Message { attributes, ..message("b") };
            let letter = super::attributes(&message, &rejection(), "http://h/0/q");
            assert!(letter.len() <= MOST && value(&letter, TRACEPARENT) == Some("00-1-2-01"), "{own}");
        }
    }

    #[test]
    fn a_body_that_fills_the_message_goes_with_what_still_fits() {
        assert!(letter(&"x".repeat(MAX_BYTES), 0).is_empty());
        let letter = letter(&"x".repeat(MAX_BYTES - 60), 0);
        assert!(value(&letter, DEDUP_ID).is_some() && value(&letter, "dlq-reason").is_some());
    }
}
