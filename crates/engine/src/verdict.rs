//! What a handler says of a message, and what a witness says of a refusal.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::time::Duration;

use crate::reason;
pub use crate::reason::MAX_REASON_CHARS;

/// The reason of a message whose handler panicked.
const PANICKED: &str = "panicked";

/// What the handler says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It took effect for good.
    Done,
    /// It had taken effect before.
    Duplicate,
    /// It is not to have an effect, and is done with.
    Filtered,
    /// It failed this time; a later try may succeed. The queue hands it out again after this delay, or
    /// where there is none after one that grows with the receive count.
    Retry(Rejection, Option<Duration>),
    /// It can never succeed.
    Reject(Rejection),
    /// It was not tried, as one before it in its [lane](crate::delivery::Delivery::lane) failed: it waits for
    /// that one.
    Behind,
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
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    reason: Cow<'static, str>,
    error: String,
    is_certain: bool,
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

impl Verdict {
    /// The handler panicked, with this text, which may quote the message.
    pub(crate) fn panicked(panic: String) -> Self {
        Self::Retry(Rejection::new(PANICKED, panic), None)
    }

    /// The handler did not come to an end in time.
    pub(crate) fn timed_out() -> Self {
        Self::Retry(Rejection::new("timeout", "the handler did not come to an end in time"), None)
    }

    /// Whether the handler panicked.
    pub(crate) fn is_panic(&self) -> bool {
        matches!(self, Self::Retry(why, _) if why.reason == PANICKED)
    }

    /// Whether the message is done with: it took effect, now or before, or is to have none.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::Duplicate | Self::Filtered)
    }
}

impl Rejection {
    /// The reason is a word to count and to filter by, such as `data-error`. It is cut to 64 characters
    /// of `[a-z0-9-_.]`, and others become `-`. The error is in the words of whoever refused the message.
    /// It may quote the body, so it is written to the dead letter and never logged.
    pub fn new(reason: impl Into<Cow<'static, str>>, error: impl Into<String>) -> Self {
        Self { reason: reason::valid(reason.into()), error: error.into(), is_certain: false }
    }

    /// Says that nothing but the message can be at fault: no witness is asked, and the reject limit
    /// does not count it.
    #[must_use]
    pub fn certain(self) -> Self {
        Self { is_certain: true, ..self }
    }

    /// The reason, fit to be a label of a metric.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The error's text, which may quote the body: it must not be logged.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Whether nothing but the message can be at fault.
    pub fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// The reason, for a counter.
    pub(crate) fn into_reason(self) -> Cow<'static, str> {
        self.reason
    }
}

/// Without the error: it may quote the body.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Rejection");
        debug.field("reason", &self.reason).field("is_certain", &self.is_certain).finish_non_exhaustive()
    }
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

    /// Says that it is only in doubt: other messages are received, one at a time, to try with.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        Self { in_doubt: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_never_shows_the_text_of_its_error() {
        let shown = format!("{:?}", Verdict::Retry(Rejection::new("r", "body 4711"), None));
        assert!(!shown.contains("4711"), "{shown}");
    }
}
