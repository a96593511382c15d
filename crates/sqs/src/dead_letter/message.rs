//! A message on the dead-letter queue, and the message that it was before.

use std::borrow::Cow;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use shared::message::{DedupId, Message, Receipt};

use super::outgoing::OutgoingMessage;
use super::read::Metadata;
use super::write;
use crate::name;

/// A letter as the queue handed it out.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The message itself, with the attributes of the letter.
    pub message: Message,
    /// Names this receive.
    pub receipt: Receipt,
    /// When somebody first took it off this queue.
    pub first_received_at: Option<SystemTime>,
    /// ARN of the queue that SQS itself moved it from.
    pub moved_from: Option<String>,
}

/// What makes two letters one message: name and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(DedupId, [u8; 32]);

/// Why a letter is not sent back, though it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SkipReason {
    /// It belongs elsewhere.
    #[error("came from another queue (--to-queue-url says where to)")]
    OtherSource,
    /// It would go round and round while a consumer refuses it.
    #[error("went already in this run, and are here again: still refused, or here twice")]
    CameBack,
    /// It never had a name but its `MessageId`, which a redrive changes.
    #[error(
        "no room for the dedup-id that it needs beside its body and attributes: if `consumer trace` finds no row \
         of it, --new-identity sends it without"
    )]
    NoRoom,
}

impl DeadLetter {
    /// What it says of its last life, and what its sender said.
    pub fn facts(&self) -> Metadata {
        let facts = Metadata::of(&self.message.attributes);
        if self.was_moved_after(&facts) { facts.forget_the_end() } else { facts }
    }

    /// Whether SQS moved it in a later life than the one that it tells of. It was redriven with what it
    /// said, such as by SQS itself, and came back from the same queue without a word.
    fn was_moved_after(&self, facts: &Metadata) -> bool {
        let Some(arn) = &self.moved_from else { return false };
        facts.source.as_ref().is_none_or(|source| place(source, '/') == place(arn, ':'))
    }

    /// Why it does not say why it is here; `None`: it does.
    pub fn silence(&self) -> Option<&'static str> {
        if self.facts().reason.is_some() {
            return None;
        }
        Some(if write::has_room(&self.message) {
            "its receives were spent, such as by crashes"
        } else {
            "it is too large for a reason beside it"
        })
    }

    /// What names the message end to end, in the sender's spelling.
    pub fn name(&self) -> Cow<'_, str> {
        name::of(&self.message)
    }

    /// What makes it the same message as another letter.
    pub fn key(&self) -> Key {
        Key(self.message.id, Sha256::digest(&self.message.body).into())
    }

    /// When it became a letter: as the consumer noted it, else when SQS took it.
    pub fn dead_since(&self) -> Option<SystemTime> {
        let noted = self.facts().at;
        noted.and_then(|at| humantime::parse_rfc3339(&at).ok()).or(self.message.sent_at)
    }

    /// Whether it came from the queue at `url`, or does not say where from.
    pub fn is_from(&self, url: &str) -> bool {
        match (self.facts().source, &self.moved_from) {
            (Some(source), _) => place(&source, '/') == place(url, '/'),
            (None, Some(arn)) => place(arn, ':') == place(url, '/'),
            (None, None) => true,
        }
    }

    /// The message that it was, under the name that it had; where there is no room for that name and
    /// `new_identity` allows it, without.
    ///
    /// # Errors
    /// Returns why it has to stay if it would lose its name, and it may not.
    pub fn sent_back(self, new_identity: bool) -> Result<OutgoingMessage, SkipReason> {
        let (name, attributes) = (self.name().into_owned(), self.facts().own);
        let Message { body, group, trace_header, message_id, .. } = self.message;
        let message_id = Some(message_id);
        let outgoing = OutgoingMessage { body, attributes, group, message_id, trace_header };
        outgoing.named(&name, new_identity).ok_or(SkipReason::NoRoom)
    }
}

/// Whether two URLs are one queue's.
pub fn is_same(url: &str, other: &str) -> bool {
    place(url, '/') == place(other, '/')
}

/// Account and name: one queue goes by several hosts.
fn place(queue: &str, separator: char) -> (Option<&str>, Option<&str>) {
    let mut parts = queue.rsplit(separator);
    let name = parts.next();
    (parts.next(), name)
}

#[cfg(test)]
mod tests {
    use shared::limits::MAX_BYTES;
    use shared::message::DEDUP_ID;

    use super::super::testing::{full_letter, letter};
    use super::*;
    use shared::message::{Attribute, AttributeValue};

    const URL: &str = "https://sqs.eu-central-1.amazonaws.com/123/orders";
    const ARN: &str = "arn:aws:sqs:eu-central-1:123:orders";

    #[test]
    fn a_letter_goes_back_as_the_message_that_it_was() {
        let said = [("dedup-id", "order-1"), ("dlq-reason", "data-error"), ("kind", "x"), ("dlq-at", "y")];
        let mut letter = letter("m", "b", &said);
        letter.message.group = Some("tenant".into());
        letter.message.trace_header = Some("Root=1-2-3".into());
        let outgoing = letter.sent_back(false).unwrap();
        let own = [Attribute::text("dedup-id", "order-1"), Attribute::text("kind", "x")];
        assert_eq!((outgoing.body.as_str(), &outgoing.attributes[..]), ("b", &own[..]));
        assert_eq!(outgoing.group.as_deref(), Some("tenant"));
        assert_eq!(outgoing.trace_header.as_deref(), Some("Root=1-2-3"));
        assert_eq!(outgoing.message_id.as_deref(), Some("m"));
    }

    #[test]
    fn a_message_without_a_name_goes_back_under_its_message_id() {
        let outgoing = letter("m", "b", &[("kind", "x")]).sent_back(false).unwrap();
        assert_eq!(outgoing.attributes, [Attribute::text("dedup-id", "m"), Attribute::text("kind", "x")]);
        let mut bytes = letter("m", "b", &[]);
        let value = AttributeValue::Bytes(vec![1]);
        bytes.message.attributes =
            vec![Attribute { name: DEDUP_ID.into(), data_type: "Binary".into(), value }];
        assert_eq!(bytes.sent_back(false).unwrap().attributes, [Attribute::text("dedup-id", "m")]);
    }

    #[test]
    fn a_letter_of_ten_attributes_goes_back_under_its_name_with_all_of_them() {
        let mut back = full_letter("m", "b").sent_back(false).unwrap().attributes;
        assert_eq!(back.len(), 10);
        let name = name::take_label(&mut back).map(|name| DedupId::of(&name));
        assert_eq!((name, back), (Some(DedupId::of("m")), full_letter("m", "b").message.attributes));
    }

    #[test]
    fn what_would_lose_its_name_stays_unless_it_may() {
        let large = letter("m", &"x".repeat(MAX_BYTES), &[]);
        assert_eq!(large.clone().sent_back(false), Err(SkipReason::NoRoom));
        assert!(large.sent_back(true).unwrap().attributes.is_empty());
        let small = letter("m", "b", &[]).sent_back(true).unwrap();
        assert_eq!(small.attributes, [Attribute::text("dedup-id", "m")]);
    }

    #[test]
    fn a_letter_that_sqs_moved_again_says_nothing_of_its_earlier_life() {
        let said = [("dlq-reason", "data-error"), ("dlq-source", URL), ("kind", "x")];
        let mut moved = letter("m", "b", &said);
        assert_eq!((moved.silence(), moved.facts().reason.as_deref()), (None, Some("data-error")));
        moved.moved_from = Some("arn:aws:sqs:eu-central-1:123:orders-dlq".into());
        assert_eq!(moved.facts().reason.as_deref(), Some("data-error"));
        moved.moved_from = Some(ARN.into());
        assert_eq!(
            moved.facts(),
            Metadata { own: vec![Attribute::text("kind", "x")], ..Metadata::default() }
        );
        assert!(moved.is_from(URL) && moved.silence().is_some_and(|why| why.contains("crashes")));
    }

    #[test]
    fn a_letter_that_is_too_large_for_a_reason_says_so() {
        let large = letter("m", &"x".repeat(MAX_BYTES - 20), &[]);
        assert!(large.silence().is_some_and(|why| why.contains("too large")));
    }

    #[test]
    fn a_name_with_another_body_is_another_message() {
        let key = |id, body| letter(id, body, &[("dedup-id", "order-1")]).key();
        assert_eq!(key("m0", "b"), key("m1", "b"));
        assert_ne!(key("m0", "b"), key("m0", "c"));
    }

    #[test]
    fn a_queue_is_known_by_account_and_name_whatever_its_host() {
        let from = |source| letter("m", "b", &[("dlq-source", source)]).is_from(URL);
        assert!(from(URL) && from("http://127.0.0.1:4566/123/orders"));
        assert!(!from("https://h/123/others") && !from("https://h/456/orders"));
        let mut moved = letter("m", "b", &[]);
        assert!(moved.is_from(URL));
        moved.moved_from = Some(ARN.into());
        assert!(moved.is_from(URL));
        moved.moved_from = Some("arn:aws:sqs:eu-central-1:123:others".into());
        assert!(!moved.is_from(URL));
    }
}
