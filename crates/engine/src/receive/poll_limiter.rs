//! How many polls may be open at once: one while the queue is empty, more while it is not.
//!
//! A full answer says that there is more, so it opens another turn; an answer less than half
//! full closes one. A failed poll closes one too, and its receiver keeps the turn while it backs
//! off, so that an outage is met with one poll at a time.
//!
//! Messages that come one by one find no poll open while the only one is on its way, and at a distance
//! that is most of the time. So an answer that came at once, of a message that had waited, opens another
//! turn as well, up to [`TRICKLE`]; one that came late, as its poll had to wait, closes one.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::ServiceError;
use shared::limits::MAX_BATCH;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::trouble::Trouble;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(10) };

/// Turns that are opened for messages that come one by one: their cost in requests is bounded by it.
const TRICKLE: usize = 4;

/// The turns that receivers take.
#[derive(Debug)]
pub(crate) struct PollLimiter {
    most: usize,
    /// Turns for messages that come one by one.
    trickle: usize,
    free: Arc<Semaphore>,
    /// How many turns there are, taken or free.
    turns: Mutex<usize>,
    way: Mutex<Way>,
    trouble: Trouble,
}

/// How long the shortest of the last answers took: it did not wait for a message.
#[derive(Debug, Default)]
struct Way(Option<Duration>);

/// The right to one poll. To be told how it went.
#[derive(Debug)]
#[must_use]
pub(crate) struct PollPermit {
    polls: Arc<PollLimiter>,
    permit: OwnedSemaphorePermit,
}

impl PollLimiter {
    /// At most `most` at once; one to begin with. Where requests are to be spared, those are that make
    /// messages quicker that come one by one.
    pub(crate) fn new(most: usize, spares_requests: bool) -> Arc<Self> {
        let (trouble, free) = (Trouble::new("polling"), Arc::new(Semaphore::new(1)));
        let trickle = if spares_requests { 1 } else { TRICKLE.min(most) };
        Arc::new(Self { most, trickle, free, turns: Mutex::new(1), way: Mutex::default(), trouble })
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

    /// Opens another turn, if there are fewer than `most`.
    fn grow(&self, most: usize) {
        let mut turns = self.turns();
        if *turns < most {
            *turns += 1;
            self.free.add_permits(1);
        }
    }

    /// How many turns there are, taken or free.
    pub(crate) fn wanted(&self) -> usize {
        *self.turns()
    }

    fn turns(&self) -> MutexGuard<'_, usize> {
        self.turns.lock().expect("nothing panics while holding the number")
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().expect("nothing panics while holding the time")
    }
}

/// How long a poll waited for a message, beyond the way there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    /// A message was there before it.
    Not,
    /// Less than the way takes once more.
    Short,
    /// Longer, or in vain.
    Long,
}

impl Way {
    /// How long a poll waited that brought `got` after the time that it `took`.
    fn waited(&mut self, got: usize, took: Duration) -> Waited {
        if got == 0 {
            return Waited::Long;
        }
        // The way may have got longer: what is known of it is forgotten slowly.
        let way = self.0.map_or(took, |way| took.min(way + way / 64));
        self.0 = Some(way);
        match took {
            _ if took <= way + way / 4 => Waited::Not,
            _ if took <= 2 * way => Waited::Short,
            _ => Waited::Long,
        }
    }
}

impl PollPermit {
    /// The poll asked for `asked` messages and brought `got` after the time that it `took`.
    pub(crate) fn answered(self, asked: usize, got: usize, took: Duration) {
        self.polls.trouble.succeeded();
        let waited = self.polls.way().waited(got, took);
        let is_poor = got == 0 || got < asked / 2;
        if got >= asked && asked == MAX_BATCH {
            self.polls.grow(self.polls.most);
        } else if waited == Waited::Not && self.polls.wanted() <= self.polls.trickle {
            self.polls.grow(self.polls.trickle);
        } else if is_poor && (waited == Waited::Long || self.polls.wanted() > self.polls.trickle) {
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
        let polls = PollLimiter::new(3, true);
        assert_eq!(open(&polls).await, 1);
        for _ in 0..5 {
            polls.turn().await.answered(10, 10, Duration::ZERO);
        }
        assert_eq!(open(&polls).await, 3);
    }

    const WAY: Duration = Duration::from_millis(20);

    async fn brought_one(polls: &Arc<PollLimiter>, took: Duration) {
        polls.turn().await.answered(10, 1, took);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_that_waited_for_a_poll_open_some_more_and_a_poll_that_waits_long_closes_one() {
        let polls = PollLimiter::new(64, false);
        for _ in 0..20 {
            brought_one(&polls, WAY).await;
        }
        assert_eq!(open(&polls).await, TRICKLE);
        brought_one(&polls, WAY + WAY / 2).await;
        assert_eq!(open(&polls).await, TRICKLE, "a short wait is what they are for");
        for _ in 0..20 {
            brought_one(&polls, 3 * WAY).await;
        }
        assert_eq!(open(&polls).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn where_requests_are_spared_messages_that_come_one_by_one_have_one_poll() {
        let polls = PollLimiter::new(64, true);
        for _ in 0..20 {
            brought_one(&polls, WAY).await;
        }
        assert_eq!(open(&polls).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_way_that_gets_longer_is_learnt() {
        let mut way = Way::default();
        assert_eq!(way.waited(1, WAY), Waited::Not);
        assert_eq!(way.waited(1, 2 * WAY + WAY / 2), Waited::Long);
        let learnt = (0..100).any(|_| way.waited(1, 2 * WAY) == Waited::Not);
        assert!(learnt, "{way:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_queue_is_polled_by_one() {
        let polls = PollLimiter::new(3, true);
        for got in [10, 10, 0, 0, 0] {
            polls.turn().await.answered(10, got, Duration::ZERO);
        }
        assert_eq!(open(&polls).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_less_than_half_of_what_was_asked_for_closes_a_poll() {
        for (asked, got, left) in [(10, 5, 2), (10, 4, 1), (4, 2, 2), (4, 1, 1), (1, 1, 2), (1, 0, 1)] {
            let polls = PollLimiter::new(3, true);
            polls.turn().await.answered(10, 10, Duration::ZERO);
            polls.turn().await.answered(asked, got, Duration::ZERO);
            assert_eq!(open(&polls).await, left, "{got} of {asked}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_queue_is_polled_by_one_that_pauses() {
        let polls = PollLimiter::new(2, true);
        polls.turn().await.answered(10, 10, Duration::ZERO);
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
