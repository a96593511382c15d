//! What is not sent for a while: queues that cannot be sent to, and what is behind a row that failed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::{ErrorKind, ServiceError};
use tokio::time::Instant;

use super::port::{Except, Lane, Row};

/// While a queue does not answer.
const AWAY: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };
/// While it is missing or denied.
const DENIED: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) };
/// While SQS takes others, and not this row.
const FAILED: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(5) };
/// A row that was refused may have been mended or deleted since.
const REFUSED: Duration = Duration::from_secs(30);
/// Between two lines in the log.
const REMIND: Duration = Duration::from_mins(1);
/// What was not tried again so long after its time is not there any more, or another relay's.
const FORGET: Duration = Duration::from_secs(20);

/// What is not sent for a while.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    queues: HashMap<Arc<str>, Hold>,
    lanes: HashMap<Lane, Hold>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    since: Instant,
    until: Instant,
    failures: u32,
    told: Option<Instant>,
    is_refused: bool,
}

/// How much of it there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) queues: usize,
    /// Rows that SQS refuses, each with what is behind it.
    pub(super) refused: usize,
}

impl Held {
    /// What is not to be claimed now.
    pub(super) fn except(&self) -> Except {
        let (mut state, now) = (self.state(), Instant::now());
        state.lanes.retain(|_, hold| now < hold.until + FORGET);
        state.queues.retain(|_, hold| now < hold.until + FORGET);
        Except { queues: state.queues.held(now).collect(), lanes: state.lanes.held(now).collect() }
    }

    /// A call to the queue failed as a whole. The log says so once, with the remedy, and then each minute.
    pub(super) fn queue_failed(&self, queue: &Arc<str>, error: &ServiceError) {
        let mut state = self.state();
        let hold = state.queues.entry(queue.clone()).or_insert_with(Hold::new);
        let is_away = error.kind == ErrorKind::Unavailable;
        hold.failed(if is_away { AWAY } else { DENIED });
        if hold.is_to_be_told() {
            let (failures, seconds, remedy) = (hold.failures, hold.since.elapsed().as_secs(), error.remedy());
            if is_away {
                tracing::warn!(queue = %queue, %error, failures, seconds, "messages of the outbox wait, as their queue fails: {remedy}");
            } else {
                tracing::error!(queue = %queue, %error, failures, seconds, "messages of the outbox wait, as their queue fails: {remedy}");
            }
        }
    }

    /// A call to the queue was answered.
    pub(super) fn queue_works(&self, queue: &Arc<str>) {
        if let Some(hold) = self.state().queues.remove(queue) {
            let seconds = hold.since.elapsed().as_secs();
            tracing::info!(queue = %queue, "messages of the outbox are sent again after {seconds} s");
        }
    }

    /// SQS will not take the row. The log says so once.
    pub(super) fn row_refused(&self, row: &Refused<'_>, reason: &str) {
        let mut state = self.state();
        let hold = state.lanes.entry(row.lane.clone()).or_insert_with(Hold::new);
        (hold.until, hold.is_refused) = (Instant::now() + REFUSED, true);
        if hold.told.is_none() {
            hold.told = Some(Instant::now());
            let (seq, queue) = (row.seq, row.queue);
            tracing::error!(
                seq,
                queue,
                "a message of the outbox is refused, and stays with its group until its row is mended or deleted: {reason}"
            );
        }
    }

    /// The row was not taken, or that is not known.
    pub(super) fn row_failed(&self, lane: &Lane) {
        self.state().lanes.entry(lane.clone()).or_insert_with(Hold::new).failed(FAILED);
    }

    /// The row was sent.
    pub(super) fn row_sent(&self, lane: &Lane) {
        let mut state = self.state();
        if !state.lanes.is_empty() {
            state.lanes.remove(lane);
        }
    }

    /// How much of it there is.
    pub(super) fn counts(&self) -> Counts {
        let state = self.state();
        let refused = state.lanes.values().filter(|hold| hold.is_refused).count();
        Counts { queues: state.queues.len(), refused }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row that SQS will not take.
#[derive(Debug)]
pub(super) struct Refused<'a> {
    pub(super) seq: u64,
    pub(super) queue: &'a str,
    pub(super) lane: Lane,
}

impl<'a> Refused<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        Self { seq: row.seq, queue: &row.queue, lane: row.lane() }
    }
}

impl Hold {
    fn new() -> Self {
        let now = Instant::now();
        Self { since: now, until: now, failures: 0, told: None, is_refused: false }
    }

    fn failed(&mut self, backoff: Backoff) {
        self.failures = self.failures.saturating_add(1);
        let delay = backoff.delay(self.failures).max(backoff.first / 2);
        (self.until, self.is_refused) = (Instant::now() + delay, false);
    }

    fn is_to_be_told(&mut self) -> bool {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= REMIND);
        if is_due {
            self.told = Some(Instant::now());
        }
        is_due
    }
}

/// The keys whose time has not come.
trait Holds<K> {
    fn held(&self, now: Instant) -> impl Iterator<Item = K>;
}

impl<K: Clone + Eq + Hash> Holds<K> for HashMap<K, Hold> {
    fn held(&self, now: Instant) -> impl Iterator<Item = K> {
        self.iter().filter(move |(_, hold)| now < hold.until).map(|(key, _)| key.clone())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn queue() -> Arc<str> {
        "orders".into()
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_is_denied_is_left_alone_for_longer_and_longer() {
        let (held, denied) = (Held::default(), ServiceError::of(ErrorKind::Denied, "SendMessageBatch", "no"));
        let mut tries = 0;
        for _ in 0..600 {
            if !held.except().queues.contains(&queue()) {
                held.queue_failed(&queue(), &denied);
                tries += 1;
            }
            advance(Duration::from_secs(1)).await;
        }
        assert!((15..120).contains(&tries), "{tries}");
        assert_eq!(held.counts().queues, 1);
        held.queue_works(&queue());
        assert!(held.except().queues.is_empty() && held.counts() == Counts::default());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_row_holds_its_group_and_is_tried_again_after_a_while() {
        let held = Held::default();
        let lane = Lane::of(7, &queue(), Some("g"));
        held.row_refused(&Refused { seq: 7, queue: "orders", lane: lane.clone() }, "no");
        assert!(held.except().lanes.contains(&lane) && held.counts().refused == 1);
        advance(REFUSED).await;
        assert!(held.except().lanes.is_empty() && held.counts().refused == 1, "it is being tried again");
        advance(FORGET).await;
        held.except();
        assert_eq!(held.counts().refused, 0, "somebody has deleted it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_row_that_was_sent_holds_nothing() {
        let (held, lane) = (Held::default(), Lane::Row(7));
        held.row_failed(&lane);
        assert!(held.except().lanes.contains(&lane));
        held.row_sent(&lane);
        assert!(held.except().lanes.is_empty());
    }
}
