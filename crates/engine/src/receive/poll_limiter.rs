//! How many polls may be open at once: one while the queue is empty, more while it is not.
//!
//! A full answer says that there is more, so it opens another turn; an answer less than half
//! full closes one. A failed poll closes one too, and its receiver keeps the turn while it backs
//! off, so that an outage is met with one poll at a time.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::ServiceError;
use shared::limits::MAX_BATCH;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::trouble::Trouble;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(10) };

/// The turns that receivers take.
#[derive(Debug)]
pub(crate) struct PollLimiter {
    most: usize,
    free: Arc<Semaphore>,
    /// How many turns there are, taken or free.
    turns: Mutex<usize>,
    trouble: Trouble,
}

/// The right to one poll. To be told how it went.
#[derive(Debug)]
#[must_use]
pub(crate) struct PollPermit {
    polls: Arc<PollLimiter>,
    permit: OwnedSemaphorePermit,
}

impl PollLimiter {
    /// At most `most` at once; one to begin with.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let trouble = Trouble::new("polling");
        Arc::new(Self { most, free: Arc::new(Semaphore::new(1)), turns: Mutex::new(1), trouble })
    }

    /// Waits for a turn.
    ///
    /// # Cancel safety
    /// Dropped, it takes none.
    pub(crate) async fn turn(self: &Arc<Self>) -> PollPermit {
        let permit = self.free.clone().acquire_owned().await;
        let permit = permit.expect("nobody closes the semaphore");
        PollPermit { polls: self.clone(), permit }
    }

    fn grow(&self) {
        let mut turns = self.turns();
        if *turns < self.most {
            *turns += 1;
            self.free.add_permits(1);
        }
    }

    fn turns(&self) -> MutexGuard<'_, usize> {
        self.turns.lock().expect("nothing panics while holding the number")
    }
}

impl PollPermit {
    /// The poll asked for `asked` messages and brought `got`.
    pub(crate) fn answered(self, asked: usize, got: usize) {
        self.polls.trouble.succeeded();
        if got >= asked && asked == MAX_BATCH {
            self.polls.grow();
        } else if got == 0 || got < asked / 2 {
            self.close();
        }
    }

    /// The poll failed. Returns the turn, if it is the last one, with how long to hold it.
    pub(crate) fn failed(self, fault: &ServiceError) -> Option<(Self, Duration)> {
        let failures = self.polls.trouble.failed(fault);
        self.close().map(|last| (last, BACKOFF.delay(failures)))
    }

    /// Closes this turn, unless it is the only one left.
    fn close(self) -> Option<Self> {
        let polls = self.polls.clone();
        let mut turns = polls.turns();
        if *turns == 1 {
            return Some(self);
        }
        *turns -= 1;
        self.permit.forget();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(polls: &Arc<PollLimiter>) -> usize {
        let mut turns = Vec::new();
        while let Ok(turn) = tokio::time::timeout(Duration::from_secs(1), polls.turn()).await {
            turns.push(turn);
        }
        turns.len()
    }

    #[tokio::test(start_paused = true)]
    async fn full_answers_open_more_polls_up_to_the_number_of_receivers() {
        let polls = PollLimiter::new(3);
        assert_eq!(open(&polls).await, 1);
        for _ in 0..5 {
            polls.turn().await.answered(10, 10);
        }
        assert_eq!(open(&polls).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_queue_is_polled_by_one() {
        let polls = PollLimiter::new(3);
        for got in [10, 10, 0, 0, 0] {
            polls.turn().await.answered(10, got);
        }
        assert_eq!(open(&polls).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_less_than_half_of_what_was_asked_for_closes_a_poll() {
        for (asked, got, left) in [(10, 5, 2), (10, 4, 1), (4, 2, 2), (4, 1, 1), (1, 1, 2), (1, 0, 1)] {
            let polls = PollLimiter::new(3);
            polls.turn().await.answered(10, 10);
            polls.turn().await.answered(asked, got);
            assert_eq!(open(&polls).await, left, "{got} of {asked}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_queue_is_polled_by_one_that_pauses() {
        let polls = PollLimiter::new(2);
        polls.turn().await.answered(10, 10);
        let kind = shared::error::ErrorKind::Unavailable;
        let fault = ServiceError::of(kind, "ReceiveMessage", "gone");
        let first = polls.turn().await;
        let second = polls.turn().await;
        assert!(first.failed(&fault).is_none());
        let (last, pause) = second.failed(&fault).unwrap();
        assert!(pause <= BACKOFF.bound(2));
        assert_eq!(open(&polls).await, 0);
        drop(last);
    }
}
