//! A message on the dead-letter queue, and the message that it was before.

use std::fmt;
use std::time::SystemTime;

use shared::message::DEDUP_ID;
use shared::sqs::MAX_BYTES;

use super::facts::Facts;
use crate::dead_letter::{MOST, bytes, text};
use crate::delivery::{Attribute, AttributeValue, Message, Receipt};

/// A letter as the queue handed it out.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The message itself, with the attributes of the letter.
    pub message: Message,
    /// Names this receive.
    pub receipt: Receipt,
    /// When somebody first took it off this queue.
    pub first_received_at: Option<SystemTime>,
    /// ARN of the queue that SQS itself moved it from.
    pub moved_from: Option<String>,
}

/// A message that is to be put on a queue.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The text itself.
    pub body: String,
    /// The name among them.
    pub attributes: Vec<Attribute>,
}

/// Without the body: it may be anybody's secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// Why a letter is not sent back, though it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Stays {
    /// It belongs elsewhere.
    #[error("came from another queue (--to-queue-url says where to)")]
    OtherSource,
    /// It would go round and round while a consumer refuses it.
    #[error("went already in this run, and are here again: still refused, or here twice")]
    CameBack,
    /// It never had a name but its `MessageId`, which a redrive changes.
    #[error("no room for the dedup-id that it needs beside its body and attributes")]
    NoRoom,
}

impl Letter {
    pub(crate) fn facts(&self) -> Facts {
        Facts::of(&self.message.attributes)
    }

    /// What names the message end to end, in the sender's spelling.
    pub(crate) fn name(&self) -> &str {
        name_in(&self.message.attributes).unwrap_or(&self.message.message_id)
    }

    /// When it became a letter: as the consumer noted it, else when SQS took it.
    pub(crate) fn dead_since(&self) -> Option<SystemTime> {
        let noted = self.facts().at;
        noted.and_then(|at| humantime::parse_rfc3339(&at).ok()).or(self.message.sent_at)
    }

    /// Whether it came from the queue at `url`, or does not say where from.
    pub(crate) fn is_from(&self, url: &str) -> bool {
        match (self.facts().source, &self.moved_from) {
            (Some(source), _) => place(&source, '/') == place(url, '/'),
            (None, Some(arn)) => place(arn, ':') == place(url, '/'),
            (None, None) => true,
        }
    }

    /// The message that it was, under the name that it had.
    pub(crate) fn sent_back(&self) -> Result<Outgoing, Stays> {
        let outgoing = Outgoing { body: self.message.body.clone(), attributes: self.facts().own };
        let outgoing = outgoing.named(&self.message.message_id);
        if outgoing.fits() { Ok(outgoing) } else { Err(Stays::NoRoom) }
    }
}

impl Outgoing {
    /// Under `name`, unless it has one: sent on, it gets another `MessageId`.
    pub(super) fn named(mut self, name: &str) -> Self {
        if name_in(&self.attributes).is_none() {
            self.attributes.retain(|attribute| attribute.name != DEDUP_ID);
            self.attributes.insert(0, text(DEDUP_ID, name));
        }
        self
    }

    /// What SQS counts.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + self.attributes.iter().map(bytes).sum::<usize>()
    }

    /// Whether SQS takes as much.
    pub(super) fn fits(&self) -> bool {
        self.attributes.len() <= MOST && self.bytes() <= MAX_BYTES
    }
}

fn name_in(attributes: &[Attribute]) -> Option<&str> {
    attributes.iter().find(|attribute| attribute.name == DEDUP_ID).and_then(|name| match &name.value {
        AttributeValue::Text(text) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    })
}

/// Whether two URLs are one queue's.
pub(super) fn is_same(url: &str, other: &str) -> bool {
    place(url, '/') == place(other, '/')
}

/// Account and name: one queue goes by several hosts.
fn place(queue: &str, separator: char) -> (Option<&str>, Option<&str>) {
    let mut parts = queue.rsplit(separator);
    let name = parts.next();
    (parts.next(), name)
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::message::DedupId;

    use super::*;

    /// A letter with this `MessageId`, body and attributes.
    pub(crate) fn letter(message_id: &str, body: &str, attributes: &[(&str, &str)]) -> Letter {
        let attributes: Vec<_> = attributes.iter().map(|(name, value)| text(name, value)).collect();
        let id = DedupId::identify(name_in(&attributes), message_id);
        let message_id = message_id.to_owned();
        let receipt = format!("receipt-{message_id}").into();
        let body = body.to_owned();
        let message = Message { id, message_id, body, sent_at: None, receive_count: 1, attributes };
        Letter { message, receipt, first_received_at: None, moved_from: None }
    }

    #[test]
    fn a_letter_goes_back_as_the_message_that_it_was() {
        let said = [("dedup-id", "order-1"), ("dlq-reason", "data-error"), ("kind", "x"), ("dlq-at", "y")];
        let outgoing = letter("m", "b", &said).sent_back().unwrap();
        assert_eq!(outgoing.attributes, [text("dedup-id", "order-1"), text("kind", "x")]);
        assert_eq!(outgoing.body, "b");
    }

    #[test]
    fn a_message_without_a_name_goes_back_under_its_message_id() {
        let outgoing = letter("m", "b", &[("kind", "x")]).sent_back().unwrap();
        assert_eq!(outgoing.attributes, [text("dedup-id", "m"), text("kind", "x")]);
        let mut bytes = letter("m", "b", &[]);
        let value = AttributeValue::Bytes(vec![1]);
        bytes.message.attributes =
            vec![Attribute { name: DEDUP_ID.into(), data_type: "Binary".into(), value }];
        assert_eq!(bytes.sent_back().unwrap().attributes, [text("dedup-id", "m")]);
    }

    #[test]
    fn what_would_lose_its_name_stays() {
        assert_eq!(letter("m", &"x".repeat(MAX_BYTES), &[]).sent_back(), Err(Stays::NoRoom));
        let ten: Vec<_> = (0..10).map(|n| format!("own-{n}")).collect();
        let ten: Vec<_> = ten.iter().map(|name| (name.as_str(), "x")).collect();
        assert_eq!(letter("m", "b", &ten).sent_back(), Err(Stays::NoRoom));
    }

    #[test]
    fn a_queue_is_known_by_account_and_name_whatever_its_host() {
        let url = "https://sqs.eu-central-1.amazonaws.com/123/orders";
        let from = |source| letter("m", "b", &[("dlq-source", source)]).is_from(url);
        assert!(from(url) && from("http://127.0.0.1:4566/123/orders"));
        assert!(!from("https://h/123/others") && !from("https://h/456/orders"));
        let mut moved = letter("m", "b", &[]);
        assert!(moved.is_from(url));
        moved.moved_from = Some("arn:aws:sqs:eu-central-1:123:orders".into());
        assert!(moved.is_from(url));
        moved.moved_from = Some("arn:aws:sqs:eu-central-1:123:others".into());
        assert!(!moved.is_from(url));
    }
}
