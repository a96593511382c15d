//! Why a job did not do its work, and what is to happen to its message because of that.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Display};
use std::time::Duration;

use crate::verdict::{Rejection, Unavailable, Verdict};

/// SQS hides a message for at most 12 hours.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const MAX_DELAY: Duration = Duration::from_hours(12);
/// The reason of an error that a job passed on with `?`.
const PASSED_ON: &str = "error";

/// A job's failure. `?` makes one of any error: [`Fail::retry`] with the reason `error`.
///
/// The reason is a word to count and to filter by. It becomes a metric label and the dead letter's
/// `dlq-reason`, so it is cut to 64 characters of `[a-z0-9-_.]`, and others become `-`. The counters
/// keep 64 different reasons and count the rest as `other`, so a reason names a kind of failure.
///
/// The error's text may quote the message. It is written to the dead letter and nowhere else;
/// `Debug` and `Display` leave it out. Only [`unavailable`](Self::unavailable) is logged with its text.
#[must_use]
pub struct Fail {
    kind: FailKind,
    reason: Cow<'static, str>,
    error: String,
}

/// What is to happen to the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailKind {
    /// The queue hands it out again after a delay. On its last receive it becomes a dead letter.
    Retry {
        /// The job's own delay; `None` leaves it to the worker's backoff.
        after: Option<Duration>,
    },
    /// It becomes a dead letter at once.
    Reject,
    /// The worker holds it, and work stops until some message succeeds.
    Unavailable {
        /// Whether time alone will hardly mend it.
        permanent: bool,
    },
}

impl Fail {
    /// This try failed, and a later one may succeed.
    pub fn retry(reason: impl Into<Cow<'static, str>>, error: impl Display) -> Self {
        Self { kind: FailKind::Retry { after: None }, reason: reason.into(), error: error.to_string() }
    }

    /// The message can never succeed. The worker believes this at once.
    pub fn reject(reason: impl Into<Cow<'static, str>>, error: impl Display) -> Self {
        Self { kind: FailKind::Reject, ..Self::retry(reason, error) }
    }

    /// What the job needs is unavailable, and the message is not to blame.
    ///
    /// The worker holds the message, receives nothing more, and tries one message at a time until one
    /// succeeds. The text of the error is logged and shown, so it must not quote the message.
    pub fn unavailable(error: impl Display) -> Self {
        Self { kind: FailKind::Unavailable { permanent: false }, ..Self::retry("unavailable", error) }
    }

    /// Sets the delay of a retry, from zero to 12 hours; longer ones are cut. Other failures have no
    /// delay, and stay as they are.
    ///
    /// SQS counts the 12 hours from the receive, so less may be left after long work.
    pub fn after(mut self, delay: Duration) -> Self {
        if let FailKind::Retry { after } = &mut self.kind {
            *after = Some(delay.min(MAX_DELAY));
        }
        self
    }

    /// Marks what is unavailable as something that time alone will hardly mend, such as a missing
    /// table: the log and the health endpoint say so. Other failures stay as they are.
    pub fn permanent(mut self) -> Self {
        if let FailKind::Unavailable { permanent } = &mut self.kind {
            *permanent = true;
        }
        self
    }

    /// What is to happen to the message.
    pub fn kind(&self) -> FailKind {
        self.kind
    }

    /// The reason as the job gave it.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The error's text, which may quote the message: it must not be logged.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// What the worker is told.
    pub(super) fn into_verdict(self) -> Verdict {
        let Self { kind, reason, error } = self;
        match kind {
            FailKind::Retry { after } => Verdict::Retry(Rejection::new(reason, error), after),
            FailKind::Reject => Verdict::Reject(Rejection::new(reason, error).certain()),
            FailKind::Unavailable { permanent: false } => Verdict::Unavailable(Unavailable::passing(error)),
            FailKind::Unavailable { permanent: true } => Verdict::Unavailable(Unavailable::permanent(error)),
        }
    }
}

/// Passes an error on with `?`: the message is retried.
impl<E: Error> From<E> for Fail {
    fn from(error: E) -> Self {
        Self::retry(PASSED_ON, with_sources(&error))
    }
}

impl fmt::Debug for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fail").field("kind", &self.kind).field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FailKind::Retry { .. } => write!(f, "retry: {}", self.reason),
            FailKind::Reject => write!(f, "reject: {}", self.reason),
            FailKind::Unavailable { .. } => f.write_str("unavailable"),
        }
    }
}

/// Many errors say what failed, and only their sources say why.
fn with_sources(error: &dyn Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat their source's text.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "body 4711";

    #[test]
    fn a_failure_never_shows_the_text_of_its_error() {
        for fail in [Fail::retry("r", SECRET), Fail::reject("r", SECRET), Fail::unavailable(SECRET)] {
            let shown = format!("{fail} {fail:?} {fail:#?}");
            assert!(!shown.contains("4711"), "{shown}");
            assert_eq!(fail.error(), SECRET);
        }
    }

    #[test]
    fn a_delay_belongs_to_a_retry_and_is_at_most_twelve_hours() {
        let after = |fail: Fail, hours| fail.after(Duration::from_hours(hours)).kind();
        let retry = |hours| FailKind::Retry { after: Some(Duration::from_hours(hours)) };
        assert_eq!(after(Fail::retry("r", ""), 0), retry(0));
        assert_eq!(after(Fail::retry("r", ""), 13), retry(12));
        assert_eq!(after(Fail::reject("r", ""), 1), FailKind::Reject);
        assert_eq!(after(Fail::unavailable(""), 1), FailKind::Unavailable { permanent: false });
    }

    #[test]
    fn an_error_that_is_passed_on_is_a_retry_with_the_texts_of_its_sources() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot ship")]
        struct Outer(#[source] std::io::Error);
        #[derive(Debug, thiserror::Error)]
        #[error("it is said twice: {0}")]
        struct Twice(#[source] std::io::Error);
        let cause = || std::io::Error::other("no such port");
        let fail = Fail::from(Outer(cause()));
        assert_eq!((fail.reason(), fail.error()), ("error", "cannot ship: no such port"));
        assert_eq!(fail.kind(), FailKind::Retry { after: None });
        assert_eq!(Fail::from(Twice(cause())).error(), "it is said twice: no such port");
    }

    #[test]
    fn only_an_explicit_reject_is_certain() {
        let rejection = |fail: Fail| match fail.into_verdict() {
            Verdict::Retry(why, _) | Verdict::Reject(why) => why,
            verdict => panic!("{verdict:?}"),
        };
        assert!(rejection(Fail::reject("r", "")).is_certain());
        assert!(!rejection(Fail::retry("r", "")).is_certain());
    }
}
