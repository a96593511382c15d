//! Receives on a FIFO queue whose answer was lost on the way, which are asked for again.
//!
//! SQS has handed out what such an answer brought, and keeps its groups back until the visibility
//! timeout ends. A call under the same `ReceiveRequestAttemptId` gets the same messages with the same
//! receipts, and resets their timeout; after five minutes, or once a timeout has ended, it does not.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::error::{Cause, ServiceError};
use shared::message::DedupId;
use tokio::time::Instant;

/// SQS remembers an attempt for five minutes.
const REMEMBERED: Duration = Duration::from_mins(5);

/// The attempts of one queue whose answers were lost.
#[derive(Debug)]
pub(super) struct Attempts {
    /// So long one is worth a repetition. Half of the visibility timeout is left then, also where it is
    /// not reset.
    kept: Duration,
    lost: Mutex<Vec<Attempt>>,
}

/// One receive, made once or more often.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: String,
    /// Messages asked for: a repetition asks for as many.
    pub(super) most: usize,
    began: Instant,
}

impl Attempts {
    /// None yet, of receives that ask for this visibility timeout.
    pub(super) fn new(visibility: Duration) -> Self {
        Self { kept: (visibility / 2).min(REMEMBERED), lost: Mutex::default() }
    }

    /// What the next receive is to be, for `most` messages at the most: one that was lost, or a new one.
    pub(super) fn next(&self, most: usize) -> Attempt {
        let mut lost = self.lost();
        lost.retain(|attempt| attempt.began.elapsed() < self.kept);
        match lost.iter().position(|attempt| attempt.most <= most) {
            Some(place) => lost.swap_remove(place),
            None => Attempt { id: DedupId::generate().to_string(), most, began: Instant::now() },
        }
    }

    /// How it ended. Only what got no answer at all is asked for again: after an answer, such as that
    /// calls are too many, SQS has handed out nothing under this id.
    pub(super) fn ended<T>(&self, attempt: Attempt, answer: &Result<T, ServiceError>) {
        if answer.as_ref().is_err_and(|fault| fault.cause == Cause::Silence) {
            self.lost().push(attempt);
        }
    }

    fn lost(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;
    use tokio::time::advance;

    use super::*;

    fn ended(attempts: &Attempts, attempt: &Attempt, cause: Cause) {
        let fault = ServiceError::of(ErrorKind::Unavailable, "ReceiveMessage", "no");
        attempts.ended::<()>(attempt.clone(), &Err(ServiceError { cause, ..fault }));
    }

    #[tokio::test(start_paused = true)]
    async fn only_an_attempt_without_an_answer_is_repeated_and_once() {
        let attempts = Attempts::new(Duration::from_secs(30));
        let first = attempts.next(10);
        attempts.ended(first.clone(), &Ok(()));
        let second = attempts.next(10);
        ended(&attempts, &second, Cause::Throttled);
        let third = attempts.next(10);
        assert!(first.id != second.id && second.id != third.id);
        ended(&attempts, &third, Cause::Silence);
        assert_ne!(attempts.next(9).id, third.id, "it asked for more");
        assert_eq!(attempts.next(10).id, third.id);
        assert_ne!(attempts.next(10).id, third.id);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_attempt_is_not_repeated() {
        let attempts = Attempts::new(Duration::from_secs(30));
        let lost = attempts.next(10);
        ended(&attempts, &lost, Cause::Silence);
        advance(Duration::from_secs(15)).await;
        assert_ne!(attempts.next(10).id, lost.id);
    }
}
