//! The wire contract: a message as the queue hands it out, its attributes, and its receipt.

use std::time::SystemTime;

mod dedup_id;

pub use dedup_id::{DEDUP_ID, DedupId, checksum, is_checksum};

/// Message attribute (String): the trace and span that the message was created in.
/// <https://www.w3.org/TR/trace-context/>
pub const TRACEPARENT: &str = "traceparent";
/// Message attribute (String): what tracing systems add to [`TRACEPARENT`].
pub const TRACESTATE: &str = "tracestate";

/// Whether an attribute of this name carries a trace context.
pub fn is_carrier(name: &str) -> bool {
    [TRACEPARENT, TRACESTATE].contains(&name)
}

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
    /// The one with this name.
    pub fn find<'a>(attributes: &'a [Self], name: &str) -> Option<&'a Self> {
        attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The text of the one with this name; bytes are none.
    pub fn find_text<'a>(attributes: &'a [Self], name: &str) -> Option<&'a str> {
        match &Self::find(attributes, name)?.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Bytes(_) => None,
        }
    }

    /// Of type `String`. SQS takes no empty values.
    pub fn text(name: &str, value: &str) -> Self {
        let value = if value.is_empty() { "-" } else { value };
        let value = AttributeValue::Text(value.to_owned());
        Self { name: name.to_owned(), data_type: "String".to_owned(), value }
    }

    /// As SQS counts them.
    pub fn bytes(&self) -> usize {
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
