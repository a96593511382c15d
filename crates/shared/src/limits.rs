//! The limits of SQS, each with its source.

use std::time::Duration;

/// Entries of a batch call, and messages of an answer.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_BATCH: usize = 10;
/// Bytes of one message with its attributes, and of a batch in all (same source).
pub const MAX_BYTES: usize = 1_048_576;
/// Attributes of a message (same source).
pub const MAX_ATTRIBUTES: usize = 10;
/// Seconds that a receive may wait for a message (same source).
pub const MAX_WAIT_SECS: u64 = 20;
/// Seconds that a message may stay invisible, counted from its receive (same source).
pub const MAX_VISIBILITY_SECS: u64 = 43_200;
/// Characters of a `MessageGroupId`.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub const MAX_GROUP: usize = 128;
/// How long a message may be hidden first (same source).
pub const MAX_DELAY: Duration = Duration::from_mins(15);
