//! How a call of a job ended.

use super::Fail;

/// How a call of a job ended, or what an argument found out before the call.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It took effect for good.
    Done,
    /// It had taken effect before, so the job need not be called.
    Duplicate,
    /// It failed, and nothing took effect.
    Failed(Fail),
    /// Others were in the way (a deadlock, a lock that was not got in time), and nothing took effect.
    /// The job is called again in place, up to four times in all; then the message is retried with the
    /// reason `contended`. The text is treated as [`Fail::error`] is.
    Contended(String),
}

/// Proof that work took effect for good. Only a commit makes one.
///
/// A job that returns `Result<Committed, Fail>` cannot forget to commit.
#[derive(Debug)]
#[must_use = "a job returns it, to say that its work is committed"]
pub struct Committed(());

impl Committed {
    /// Made by an adapter's commit, after the database has confirmed it; never by a job.
    #[doc(hidden)]
    pub fn new() -> Self {
        Self(())
    }
}

/// What a job may return.
pub trait IntoOutcome {
    /// What it says of the message.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Result<(), Fail> {
    fn into_outcome(self) -> Outcome {
        self.map_or_else(Outcome::Failed, |()| Outcome::Done)
    }
}

impl IntoOutcome for Result<Committed, Fail> {
    fn into_outcome(self) -> Outcome {
        self.map_or_else(Outcome::Failed, |_| Outcome::Done)
    }
}
