//! What a handler says of a message, and what a witness says of a refusal.

use std::fmt::Display;

/// What the handler says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It took effect for good.
    Done,
    /// It had taken effect before.
    Duplicate,
    /// It failed this time; a later try may succeed.
    Retry(Rejection),
    /// It can never succeed.
    Reject(Rejection),
    /// It could not be tried, or nobody knows how that ended: it is kept, and tried again.
    Unavailable(Unavailable),
}

/// What is known of others where messages are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// What was taken before would be taken now: the messages are at fault.
    Taken,
    /// It would not, or things are not as they were: the messages may be innocent.
    Refused(Unavailable),
    /// Nothing was ever taken that could be tried.
    Absent,
}

/// Why a message was not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A word to count and to filter by, such as `data-error`.
    pub reason: &'static str,
    /// In the words of whoever refused it. May quote the body: never logged as it is.
    pub error: String,
}

/// Work is impossible for now, and not because of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Unavailable {
    /// Whether it will hardly pass by itself: a missing table, a lacking right.
    pub permanent: bool,
    /// In the words of whoever failed. It is logged and shown: never the text of a message.
    pub error: String,
    /// Whether it is only in doubt, so that other messages are to be tried as well.
    pub(crate) in_doubt: bool,
}

impl Unavailable {
    /// It should pass by itself.
    pub fn passing(error: impl Display) -> Self {
        Self { permanent: false, error: error.to_string(), in_doubt: false }
    }

    /// It needs somebody's help.
    pub fn permanent(error: impl Display) -> Self {
        Self { permanent: true, ..Self::passing(error) }
    }

    /// As [`permanent`](Self::permanent), unless another message can be handled.
    pub(crate) fn in_doubt(error: impl Display) -> Self {
        Self { in_doubt: true, ..Self::permanent(error) }
    }
}
