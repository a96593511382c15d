//! What a dead letter says beside its body: why it was given up, and everything its sender said.

use std::time::SystemTime;

use shared::message::DEDUP_ID;

use crate::delivery::{Attribute, AttributeValue, Message};
use crate::handler::Rejection;

/// SQS takes ten attributes a message.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const MOST: usize = 10;
/// Characters of an error that are worth keeping.
const ERROR_CHARS: usize = 500;

/// The message's own attributes, and of ours what there is room for, the reason first.
pub(crate) fn attributes(message: &Message, rejection: &Rejection, source: &str) -> Vec<Attribute> {
    let mut attributes = message.attributes.clone();
    if !attributes.iter().any(|attribute| attribute.name == DEDUP_ID) {
        // Sent on, it gets another MessageId: its name must travel with it.
        attributes.push(text(DEDUP_ID, &message.message_id));
    }
    let ours = [
        text("dlq-reason", rejection.reason),
        text("dlq-error", &escaped(&rejection.error)),
        text("dlq-attempts", &message.receive_count.to_string()),
        text("dlq-source", source),
        text("dlq-at", &humantime::format_rfc3339_millis(SystemTime::now()).to_string()),
    ];
    attributes.extend(ours);
    attributes.truncate(MOST);
    attributes
}

fn text(name: &str, value: &str) -> Attribute {
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

    fn message(attributes: Vec<Attribute>) -> Message {
        let id = DedupId::of("m");
        Message { id, message_id: "m".into(), body: "b".into(), sent_at: None, receive_count: 3, attributes }
    }

    fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a AttributeValue> {
        attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.value)
    }

    #[test]
    fn a_dead_letter_says_why_and_keeps_its_name() {
        let rejection = Rejection { reason: "data-error", error: "bad\u{9b}\n".into() };
        let attributes = attributes(&message(Vec::new()), &rejection, "http://h/0/q");
        let is = |name, text: &str| value(&attributes, name) == Some(&AttributeValue::Text(text.into()));
        assert!(
            is("dlq-reason", "data-error") && is("dlq-attempts", "3") && is("dlq-source", "http://h/0/q")
        );
        assert!(is("dlq-error", "bad\\u{9b}\\n") && is(DEDUP_ID, "m"));
    }

    #[test]
    fn there_are_never_more_attributes_than_sqs_takes_and_the_senders_come_first() {
        let own: Vec<_> = (0..8).map(|n| text(&format!("own-{n}"), "x")).collect();
        let rejection = Rejection { reason: "data-error", error: String::new() };
        let attributes = attributes(&message(own), &rejection, "q");
        assert_eq!(attributes.len(), MOST);
        assert!(value(&attributes, "own-7").is_some() && value(&attributes, "dlq-reason").is_some());
    }
}
