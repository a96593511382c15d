//! A message on loan from the queue, and what becomes of it.

use std::time::{Duration, SystemTime};

use shared::message::DedupId;

use crate::handler::Rejection;
use crate::lease::Lease;
use shared::backoff::Backoff;

const RETRY: Backoff = Backoff { first: Duration::from_secs(2), most: Duration::from_mins(15) };

/// What names one receive of a message in later calls. A redelivery has another one.
pub type Receipt = std::sync::Arc<str>;

/// A message as the queue handed it out.
#[derive(Debug)]
pub struct Received {
    /// What handlers see.
    pub message: Message,
    /// Names this receive.
    pub receipt: Receipt,
}

/// What a handler works on.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Names it end to end: the `dedup-id` attribute, else the `MessageId`.
    pub id: DedupId,
    /// Names it within the queue.
    pub message_id: String,
    /// The text itself.
    pub body: String,
    /// When SQS took it; `None` where SQS did not say so intelligibly.
    pub sent_at: Option<SystemTime>,
    /// How often SQS has handed it out, this time included.
    pub receive_count: u32,
    /// Everything else the sender said, for whoever passes it on.
    pub attributes: Vec<Attribute>,
    /// `MessageGroupId`: on a standard queue the tenant of a fair queue.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    pub group: Option<String>,
    /// `AWSTraceHeader`: where it stands in a trace of AWS X-Ray. SQS counts it neither as one of the
    /// ten attributes nor in the size.
    pub trace_header: Option<String>,
}

/// SQS takes ten attributes a message.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(crate) const MOST_ATTRIBUTES: usize = 10;

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Up to 256 characters.
    pub name: String,
    /// `String`, `Number` or `Binary`, perhaps with a suffix of the sender's.
    pub data_type: String,
    /// What it holds.
    pub value: AttributeValue,
}

/// What a message attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// Of a `String` or `Number`.
    Text(String),
    /// Of a `Binary`.
    Bytes(Vec<u8>),
}

impl Message {
    /// Bytes of what the sender said, as SQS counts them against its limit of 1 MiB.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.attributes.iter().map(Attribute::bytes).sum::<usize>()
    }
}

impl Attribute {
    /// Of type `String`. SQS takes no empty values.
    pub(crate) fn text(name: &str, value: &str) -> Self {
        let value = if value.is_empty() { "-" } else { value };
        let value = AttributeValue::Text(value.to_owned());
        Self { name: name.to_owned(), data_type: "String".to_owned(), value }
    }

    /// As SQS counts them.
    pub(crate) fn bytes(&self) -> usize {
        let value = match &self.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Bytes(bytes) => bytes.len(),
        };
        self.name.len() + self.data_type.len() + value
    }
}

/// Without the body: it may be anybody's secret.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Message");
        debug.field("id", &self.id).field("message_id", &self.message_id);
        debug.field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// A message with its lease. It cannot be copied, and settling consumes it:
/// nothing is settled twice.
#[derive(Debug)]
pub struct Delivery {
    /// What handlers see.
    pub message: Message,
    pub(crate) lease: Lease,
    /// Whether it was handled before, without an answer that says how that ended.
    pub(crate) was_tried: bool,
}

impl Delivery {
    /// Just received.
    pub(crate) fn new(message: Message, lease: Lease) -> Self {
        Self { message, lease, was_tried: false }
    }

    /// It is done with: delete it.
    pub(crate) fn done(mut self) -> Settlement {
        self.lease.done();
        Settlement::Delete(self.lease)
    }

    /// It is wanted again `after` this long.
    pub(crate) fn release(self, after: Duration) -> Settlement {
        Settlement::Release(self.lease, after)
    }

    /// It failed, and is wanted again the later the more often it was received.
    pub(crate) fn retry(self) -> Settlement {
        let after = self.retry_delay();
        self.release(after)
    }

    /// How long to leave it alone after it failed.
    pub(crate) fn retry_delay(&self) -> Duration {
        RETRY.delay(self.message.receive_count)
    }

    /// It can never be done: set it aside with the reason.
    pub(crate) fn reject(self, rejection: Rejection) -> Settlement {
        Settlement::DeadLetter(Box::new(self), rejection)
    }
}

/// What the queue is to be told of a delivery.
#[derive(Debug)]
pub(crate) enum Settlement {
    Delete(Lease),
    Release(Lease, Duration),
    DeadLetter(Box<Delivery>, Rejection),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let attribute =
            |name: &str, value| Attribute { name: name.into(), data_type: "String".into(), value };
        Message {
            id: DedupId::of("m"),
            message_id: "m".into(),
            body: "a secret of 24 characters".into(),
            sent_at: None,
            receive_count: 1,
            attributes: vec![
                attribute("four", AttributeValue::Text("12345".into())),
                attribute("4444", AttributeValue::Bytes(vec![0; 7])),
            ],
            group: None,
            trace_header: None,
        }
    }

    #[test]
    fn a_message_counts_with_its_attributes_as_sqs_counts_it() {
        assert_eq!(message().bytes(), 25 + (4 + 6 + 5) + (4 + 6 + 7));
    }

    #[test]
    fn a_message_shows_itself_without_its_body_and_attributes() {
        let shown = format!("{:?}", message());
        assert!(shown.contains("25") && !shown.contains("secret") && !shown.contains("12345"), "{shown}");
    }
}
