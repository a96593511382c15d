//! Looks through a queue: takes each letter once, and gives back at the end what is left.
//!
//! SQS cannot be looked into: whatever is seen was received, and its receive count is one higher.
//! So everything that was seen is held until the end, or it would be seen again and again.

use std::collections::HashSet;
use std::sync::Arc;

use shared::error::ServiceError;
use shared::limits::MAX_BATCH;
use shared::message::Receipt;
use sqs::dead_letter::message::DeadLetter;
use sqs::dead_letter::port::DeadLetterQueue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::bar::Bar;
use super::leases::{Leases, VISIBILITY};

/// A queue is empty when so many answers in a row bring nothing new.
const DRY: u32 = 2;

/// A look through a queue. Close it, or letters stay away for minutes.
#[derive(Debug)]
#[must_use = "what it holds is given back by `close`"]
pub(crate) struct Scan<Q> {
    queue: Arc<Q>,
    held: Leases<Q>,
    seen: HashSet<String>,
    limit: usize,
    dry: u32,
    pub(super) stop: CancellationToken,
    pub(super) bar: Bar,
}

/// How far a scan got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looked {
    /// Dead letters seen.
    pub(crate) letters: usize,
    /// Why it ended.
    pub(crate) end: End,
}

/// Why a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// There was nothing more.
    Dry,
    /// There may be more than it was allowed to see, or than its command wanted.
    Limit,
    /// A signal came.
    Stopped,
}

impl<Q: DeadLetterQueue> Scan<Q> {
    /// Sees up to `limit` letters, until `stop`.
    pub(crate) fn new(queue: Arc<Q>, limit: usize, stop: &CancellationToken) -> Self {
        Self::with(queue, limit, stop, limit as u64)
    }

    /// As [`new`](Self::new); there are about so many.
    pub(crate) fn with(queue: Arc<Q>, limit: usize, stop: &CancellationToken, about: u64) -> Self {
        let held = Leases::new(Arc::clone(&queue));
        let bar = Bar::new(Some(about.min(limit as u64)));
        Self { queue, held, seen: HashSet::new(), limit, dry: 0, stop: stop.clone(), bar }
    }

    /// Up to ten letters that were not seen before; `None` at the end.
    ///
    /// # Errors
    /// Where SQS does not answer. Close it all the same.
    ///
    /// # Cancel safety
    /// None: letters would be taken that nobody has.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<DeadLetter>>, ServiceError> {
        while self.is_open() {
            self.held.extend().await;
            let most = MAX_BATCH.min(self.limit - self.seen.len());
            let asked = Instant::now();
            let mut letters = self.queue.receive(most, VISIBILITY).await?;
            for letter in &letters {
                self.held.hold(letter.receipt.clone(), asked);
            }
            letters.retain(|letter| self.seen.insert(letter.message.message_id.clone()));
            self.bar.at(self.seen.len());
            if !letters.is_empty() {
                self.dry = 0;
                return Ok(Some(letters));
            }
            self.dry += 1;
        }
        Ok(None)
    }

    /// Shows every letter to `look`.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub(crate) async fn each(&mut self, mut look: impl FnMut(&DeadLetter)) -> Result<(), ServiceError> {
        while let Some(letters) = self.next().await? {
            self.bar.aside(|| letters.iter().for_each(&mut look));
        }
        Ok(())
    }

    /// Deletes letters that it holds. Returns how many it could. On a FIFO queue that may let others of
    /// their groups be seen.
    pub(super) async fn delete(&mut self, receipts: Vec<Receipt>) -> usize {
        let deleted = self.held.delete(receipts).await;
        if deleted > 0 && self.queue.is_fifo() {
            self.dry = 0;
        }
        deleted
    }

    /// As if more could have come.
    #[cfg(test)]
    pub(super) fn look_again(&mut self) {
        self.dry = 0;
    }

    /// Whether there may be something that was not seen.
    pub(super) fn is_open(&self) -> bool {
        !self.stop.is_cancelled() && self.seen.len() < self.limit && self.dry < DRY
    }

    /// Keeps what is held, while its owner takes its time.
    pub(super) async fn extend(&mut self) {
        self.held.extend().await;
    }

    /// Gives everything back that is still held.
    pub(crate) async fn close(self) -> Looked {
        let end = if self.stop.is_cancelled() {
            End::Stopped
        } else if self.dry < DRY {
            End::Limit
        } else {
            End::Dry
        };
        let letters = self.seen.len();
        self.bar.say(", giving back".to_owned());
        let left = self.held.give_back().await;
        self.bar.clear();
        if left > 0 {
            let minutes = VISIBILITY.as_secs() / 60;
            tracing::warn!(
                left,
                "could not give back: they come back by themselves within {minutes} minutes"
            );
        }
        Looked { letters, end }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;
    use crate::dlq::fake::FakeLetters;

    fn scan(queue: &Arc<FakeLetters>, limit: usize) -> Scan<FakeLetters> {
        Scan::new(Arc::clone(queue), limit, &CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn each_letter_is_seen_once_and_given_back() {
        let queue = Arc::new(FakeLetters::with(35, &[]));
        let mut scan = scan(&queue, 1_000);
        let mut seen = 0;
        scan.each(|_| seen += 1).await.unwrap();
        assert_eq!((seen, queue.visible()), (35, 0));
        assert_eq!(scan.close().await, Looked { letters: 35, end: End::Dry });
        assert_eq!((queue.visible(), queue.receives()), (35, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_is_kept_to_the_letter() {
        let queue = Arc::new(FakeLetters::with(35, &[]));
        let mut scan = scan(&queue, 13);
        scan.each(|_| {}).await.unwrap();
        assert_eq!((queue.visible(), scan.close().await.end), (22, End::Limit));
        assert_eq!(queue.visible(), 35);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_for_long_is_extended_and_not_seen_again() {
        let queue = Arc::new(FakeLetters::with(25, &[]));
        let mut scan = scan(&queue, 1_000);
        let mut seen = 0;
        while let Some(letters) = scan.next().await.unwrap() {
            seen += letters.len();
            sleep(VISIBILITY * 2 / 5).await;
        }
        sleep(Duration::from_secs(1)).await;
        scan.close().await;
        assert_eq!((seen, queue.receives(), queue.visible()), (25, 1, 25));
    }

    #[tokio::test(start_paused = true)]
    async fn stopped_or_failed_it_gives_everything_back() {
        let queue = Arc::new(FakeLetters::with(35, &[]));
        let stop = CancellationToken::new();
        let mut scan = Scan::new(Arc::clone(&queue), 1_000, &stop);
        scan.next().await.unwrap();
        stop.cancel();
        assert!(scan.next().await.unwrap().is_none());
        assert_eq!((scan.close().await.end, queue.visible()), (End::Stopped, 35));

        let mut scan = self::scan(&queue, 1_000);
        scan.next().await.unwrap();
        queue.fail(2);
        assert!(scan.next().await.is_err());
        scan.close().await;
        assert_eq!(queue.visible(), 35);
    }
}
