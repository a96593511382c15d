//! A message that is to be sent, and what SQS demands of one.

use std::time::Duration;

use shared::limits::{MAX_BYTES, MAX_DELAY, MAX_GROUP};
use shared::message::{Attribute, DEDUP_ID, DedupId};

use crate::flaw::{Flaw, taken};

mod attributes;

/// A message that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Names it end to end, as the attribute `dedup-id`: sent again under the same name, it takes effect
    /// once. 1 character or more.
    pub dedup_id: String,
    /// 1 byte to 1 MiB with the attributes.
    pub body: String,
    /// Up to nine, beside `dedup-id`.
    pub attributes: Vec<Attribute>,
    /// `MessageGroupId`, 1 to 128 characters: a FIFO queue needs one, and keeps the order within it.
    pub group: Option<String>,
    /// How long it is hidden first, up to 15 minutes, in whole seconds; not on a FIFO queue.
    pub delay: Duration,
}

impl Outgoing {
    /// A text, under a name.
    pub fn new(dedup_id: impl Into<String>, body: impl Into<String>) -> Self {
        let (dedup_id, body) = (dedup_id.into(), body.into());
        Self { dedup_id, body, attributes: Vec::new(), group: None, delay: Duration::ZERO }
    }

    /// The id that its row will have.
    pub fn id(&self) -> DedupId {
        DedupId::of(&self.dedup_id)
    }

    /// Bytes as SQS counts them, `dedup-id` included.
    pub fn bytes(&self) -> usize {
        let name = DEDUP_ID.len() + "String".len() + self.dedup_id.len();
        self.body.len() + name + self.attributes.iter().map(Attribute::bytes).sum::<usize>()
    }

    /// Looks whether SQS can take it, on a FIFO queue if `is_fifo`.
    ///
    /// # Errors
    /// Where it would be refused.
    pub fn check(&self, is_fifo: bool) -> Result<(), Flaw> {
        self.check_content()?;
        let bytes = self.bytes();
        if bytes > MAX_BYTES {
            return Err(Flaw::TooLarge(bytes));
        }
        match &self.group {
            Some(group) if !is_group(group) => return Err(Flaw::Group),
            None if is_fifo => return Err(Flaw::NoGroup),
            _ => {}
        }
        match self.delay {
            delay if delay > MAX_DELAY => Err(Flaw::Delay(delay)),
            delay if is_fifo && !delay.is_zero() => Err(Flaw::FifoDelay),
            _ => Ok(()),
        }
    }

    fn check_content(&self) -> Result<(), Flaw> {
        if self.body.is_empty() {
            return Err(Flaw::Empty);
        }
        if self.dedup_id.is_empty() {
            return Err(Flaw::Nameless);
        }
        taken("body", &self.body)?;
        taken("dedup-id", &self.dedup_id)?;
        attributes::check(&self.attributes)
    }
}

/// Whether SQS takes it as a group.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub fn is_group(text: &str) -> bool {
    (1..=MAX_GROUP).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Without the body: it may be anybody's secret.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Outgoing");
        debug.field("dedup_id", &self.dedup_id).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Outgoing {
        Outgoing::new("order-1", "b")
    }

    fn flaw(change: impl FnOnce(&mut Outgoing), is_fifo: bool) -> Flaw {
        let mut message = message();
        change(&mut message);
        message.check(is_fifo).unwrap_err()
    }

    #[test]
    fn what_sqs_would_refuse_is_seen_before_it_is_asked() {
        let attribute =
            |name: &str, value: &str| Attribute { name: name.into(), ..Attribute::text("x", value) };
        let many = |message: &mut Outgoing| {
            message.attributes = (0..10).map(|n| Attribute::text(&format!("a-{n}"), "1")).collect();
        };
        assert_eq!(message().check(false), Ok(()));
        assert_eq!(flaw(|m| m.body.clear(), false), Flaw::Empty);
        assert_eq!(flaw(|m| m.dedup_id.clear(), false), Flaw::Nameless);
        assert_eq!(flaw(|m| m.body.push('\u{b}'), false), Flaw::Character("body", '\u{b}'));
        assert_eq!(flaw(|m| m.body = "x".repeat(MAX_BYTES), false), Flaw::TooLarge(MAX_BYTES + 21));
        assert_eq!(flaw(many, false), Flaw::Attributes(11));
        for name in ["", "a b", ".a", "a..b", "AWS.a", DEDUP_ID] {
            let flaw = flaw(|m| m.attributes = vec![attribute(name, "1")], false);
            assert!(matches!(flaw, Flaw::Attribute(..)), "{name}");
        }
        assert_eq!(flaw(|m| m.group = Some("a b".into()), false), Flaw::Group);
        assert_eq!(
            flaw(|m| m.delay = Duration::from_secs(901), false),
            Flaw::Delay(Duration::from_secs(901))
        );
    }

    #[test]
    fn a_fifo_queue_wants_a_group_and_no_delay() {
        assert_eq!(flaw(|_| (), true), Flaw::NoGroup);
        let delayed = |m: &mut Outgoing| {
            m.group = Some("g".into());
            m.delay = Duration::from_secs(1);
        };
        assert_eq!(flaw(delayed, true), Flaw::FifoDelay);
    }

    #[test]
    fn a_character_is_told_by_its_number_and_a_body_by_its_bytes() {
        assert!(Flaw::Character("body", '\u{b}').to_string().contains("U+000B"));
        let shown = format!("{:?}", Outgoing::new("id", "secret"));
        assert!(!shown.contains("secret") && shown.contains("22"), "{shown}");
    }
}
