//! What can be done to a call.

use std::time::Duration;

/// A fault. Those of `ReceiveMessage` answers take effect on answers with messages only, and
/// never hand out more messages than were asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The call waits so long before it is relayed.
    Delay(Duration),
    /// The call waits until held calls are released; then it is relayed.
    BlackHole,
    /// Answered with this HTTP status, 400 to 599; not relayed.
    Status(u16),
    /// Answered with `RequestThrottled`; not relayed.
    Throttle,
    /// Answered with `AccessDeniedException`; not relayed.
    Denied,
    /// Answered with `QueueDoesNotExist`; not relayed.
    NoSuchQueue,
    /// Relayed, but the connection is closed instead of an answer.
    LoseAnswer,
    /// A message is in the answer twice.
    DuplicateMessages,
    /// A message that was handed out earlier (one of the last 128 of its queue) is handed out
    /// again, whatever became of it.
    Redeliver {
        /// Under a receipt handle of its own, which is good for the same message. Else under
        /// the one that it had.
        new_receipt: bool,
    },
    /// The messages come in another order.
    Reorder,
    /// At most so many messages are handed out. The others come back by their visibility timeout.
    ShortBatch(usize),
    /// One character of one body is another, so that it no longer fits `MD5OfBody`.
    FlipBodyByte,
    /// One message lacks this.
    DropField(Field),
    /// One message has a `SentTimestamp` that is none.
    GarbageSentTimestamp,
    /// Entries of a batch are answered with an error, and only the others relayed.
    FailEntries {
        /// Those that fail.
        which: Which,
        /// The error's code, such as `InternalError`.
        code: String,
        /// Whether the error is said to be the client's fault.
        sender_fault: bool,
    },
}

/// What a message cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `MessageId`
    MessageId,
    /// `ReceiptHandle`
    ReceiptHandle,
    /// `Body`
    Body,
}

/// Which entries of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// So many, from the first.
    First(usize),
    /// Each with this probability, 0 to 1.
    Each(f64),
}

/// When in a call's life a fault takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// When it came in.
    Arrival,
    /// As it is relayed: on the entries of a batch.
    Entries,
    /// As it is relayed: on a receive's room.
    Room,
    /// On the messages of an answer.
    Messages,
    /// Instead of the answer.
    End,
}

impl Fault {
    /// Its name among the counters; what it has with it does not matter.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay(_) => "Delay",
            Self::BlackHole => "BlackHole",
            Self::Status(_) => "Status",
            Self::Throttle => "Throttle",
            Self::Denied => "Denied",
            Self::NoSuchQueue => "NoSuchQueue",
            Self::LoseAnswer => "LoseAnswer",
            Self::DuplicateMessages => "DuplicateMessages",
            Self::Redeliver { .. } => "Redeliver",
            Self::Reorder => "Reorder",
            Self::ShortBatch(_) => "ShortBatch",
            Self::FlipBodyByte => "FlipBodyByte",
            Self::DropField(_) => "DropField",
            Self::GarbageSentTimestamp => "GarbageSentTimestamp",
            Self::FailEntries { .. } => "FailEntries",
        }
    }

    /// Entries fail as they do when SQS has trouble of its own: with `InternalError`.
    pub fn fail_entries(which: Which) -> Self {
        Self::FailEntries { which, code: "InternalError".into(), sender_fault: false }
    }

    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::FailEntries { .. } => Stage::Entries,
            Self::Redeliver { .. } => Stage::Room,
            Self::LoseAnswer => Stage::End,
            Self::Delay(_)
            | Self::BlackHole
            | Self::Status(_)
            | Self::Throttle
            | Self::NoSuchQueue
            | Self::Denied => Stage::Arrival,
            Self::DuplicateMessages
            | Self::Reorder
            | Self::ShortBatch(_)
            | Self::FlipBodyByte
            | Self::DropField(_)
            | Self::GarbageSentTimestamp => Stage::Messages,
        }
    }
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MessageId => "MessageId",
            Self::ReceiptHandle => "ReceiptHandle",
            Self::Body => "Body",
        }
    }
}
