//! What SQS would not take of a message.

use std::time::Duration;

use shared::limits::{MAX_ATTRIBUTES, MAX_BYTES, MAX_DELAY, MAX_GROUP};

/// What SQS would not take, seen before it is asked.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It cannot be written as JSON.
    #[error("the message cannot be written as JSON: {0}")]
    Json(String),
    /// There is nothing in it.
    #[error("the body is empty: SQS takes 1 byte or more")]
    Empty,
    /// There is too much in it.
    #[error("the message has {0} bytes with its attributes: SQS takes up to {MAX_BYTES}")]
    TooLarge(usize),
    /// It has a character that XML lacks.
    #[error(
        "the {0} has the character U+{char:04X}: SQS takes tab, line feed, carriage return, and what is from U+0020 \
         on without U+FFFE and U+FFFF",
        char = u32::from(*.1)
    )]
    Character(&'static str, char),
    /// It has no name.
    #[error("the dedup-id is empty: it must name the message")]
    Nameless,
    /// The attributes are too many.
    #[error("the message has {0} attributes with dedup-id: SQS takes up to {MAX_ATTRIBUTES}")]
    Attributes(usize),
    /// An attribute is not as it must be.
    #[error("the attribute {0:?} {1}")]
    Attribute(String, &'static str),
    /// The group is none.
    #[error("the group must be 1 to {MAX_GROUP} letters, digits and punctuation marks of ASCII")]
    Group,
    /// A FIFO queue needs one.
    #[error("the queue is a FIFO queue: the message needs a group")]
    NoGroup,
    /// The delay is too long.
    #[error("the delay is {} s: SQS takes up to {}", .0.as_secs(), MAX_DELAY.as_secs())]
    Delay(Duration),
    /// A FIFO queue takes none.
    #[error("the queue is a FIFO queue: its messages have no delay of their own")]
    FifoDelay,
}

/// SQS takes the characters of XML 1.0.
pub(crate) fn taken(what: &'static str, text: &str) -> Result<(), Flaw> {
    let is_taken =
        |c: char| matches!(c, '\t' | '\n' | '\r') || c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().find(|c| !is_taken(*c)).map_or(Ok(()), |c| Err(Flaw::Character(what, c)))
}
