//! What is known of a message that was not confirmed.

use shared::error::ServiceError;

use crate::flaw::Flaw;

/// A message that was not confirmed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// SQS would not take it. It was not sent.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// SQS refused it, and would again.
    #[error("SQS refuses the message: {0}")]
    Refused(String),
    /// The queue is not there, or not for us. The message is not on it, unless an earlier try went
    /// unanswered.
    #[error("{0}; {remedy}", remedy = .0.remedy())]
    Queue(ServiceError),
    /// It is not on the queue: SQS did not take it in time.
    #[error("SQS did not take the message in time: {0}")]
    Unconfirmed(String),
    /// It may be on the queue: a call with it was not answered.
    #[error("SQS did not answer for the message, which may be on the queue or not: {0}")]
    Unknown(String),
    /// The producer is closed. It was not sent.
    #[error("the producer is closed")]
    Closed,
}

impl SendError {
    /// Whether sending the message again later may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unconfirmed(_) | Self::Unknown(_))
    }

    /// A word to filter by, for logs and metrics.
    pub fn reason(&self) -> &'static str {
        Self::REASONS[self.place()]
    }

    /// The words, in the order of their places.
    pub(super) const REASONS: [&'static str; 6] =
        ["invalid", "refused", "queue", "unconfirmed", "unknown", "closed"];

    pub(super) fn place(&self) -> usize {
        match self {
            Self::Flaw(_) => 0,
            Self::Refused(_) => 1,
            Self::Queue(_) => 2,
            Self::Unconfirmed(_) => 3,
            Self::Unknown(_) => 4,
            Self::Closed => 5,
        }
    }

    pub(super) fn no_room() -> Self {
        Self::Unconfirmed("too many messages wait before it".to_owned())
    }

    /// What to say of a message that is given up for this `reason`.
    pub(super) fn given_up(may_be_there: bool, reason: &str) -> Self {
        if may_be_there { Self::Unknown(reason.to_owned()) } else { Self::Unconfirmed(reason.to_owned()) }
    }
}
