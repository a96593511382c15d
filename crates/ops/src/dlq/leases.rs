//! What a scan has in its hands: extended while it lasts, given back or deleted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::queue::EntryResult;
use shared::backoff::Backoff;
use shared::error::ServiceError;
use shared::limits::MAX_BATCH;
use shared::message::Receipt;
use sqs::dead_letter::port::DeadLetterQueue;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long letters stay away if this process dies with them; extended at half of it.
pub(crate) const VISIBILITY: Duration = Duration::from_mins(5);
/// Calls at once.
const CALLS: usize = 8;
/// Of one batch, beside those that the SDK makes of each call.
const TRIES: u32 = 3;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(2) };

/// Receipts, and when each is to be extended.
#[derive(Debug)]
pub(super) struct Leases<Q> {
    queue: Arc<Q>,
    due: HashMap<Receipt, Instant>,
    next: Instant,
}

#[derive(Clone, Copy)]
enum Change {
    Delete,
    Return(Duration),
}

impl<Q: DeadLetterQueue> Leases<Q> {
    pub(super) fn new(queue: Arc<Q>) -> Self {
        Self { queue, due: HashMap::new(), next: Instant::now() + VISIBILITY / 2 }
    }

    /// Holds what was asked for at `asked`.
    pub(super) fn hold(&mut self, receipt: Receipt, asked: Instant) {
        self.due.insert(receipt, asked + VISIBILITY / 2);
    }

    /// Extends what is due. What cannot be extended may be seen again, and harms nobody.
    pub(super) async fn extend(&mut self) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let due = self.due.iter().filter(|(_, due)| **due <= now).map(|(receipt, _)| receipt.clone());
        for receipt in self.change(due.collect(), Change::Return(VISIBILITY)).await {
            self.hold(receipt, now);
        }
        self.next = self.due.values().min().map_or(now + VISIBILITY / 2, |due| (*due).max(now + TICK));
    }

    /// Deletes these. Returns how many it could.
    pub(super) async fn delete(&mut self, receipts: Vec<Receipt>) -> usize {
        let deleted = self.change(receipts, Change::Delete).await;
        for receipt in &deleted {
            self.due.remove(receipt);
        }
        deleted.len()
    }

    /// Gives everything back at once. Returns how many come back only by themselves.
    pub(super) async fn give_back(self) -> usize {
        let receipts: Vec<_> = self.due.keys().cloned().collect();
        let count = receipts.len();
        count - self.change(receipts, Change::Return(Duration::ZERO)).await.len()
    }

    /// Several calls at once. Returns those that it worked for.
    async fn change(&self, receipts: Vec<Receipt>, change: Change) -> Vec<Receipt> {
        let mut calls = JoinSet::new();
        let mut done = Vec::new();
        for batch in receipts.chunks(MAX_BATCH) {
            if calls.len() == CALLS {
                done.extend(calls.join_next().await.and_then(Result::ok).unwrap_or_default());
            }
            calls.spawn(persist(Arc::clone(&self.queue), batch.to_vec(), change));
        }
        done.extend(calls.join_all().await.into_iter().flatten());
        done
    }
}

/// Between two looks at what is due, where something could not be extended.
const TICK: Duration = Duration::from_secs(10);

/// Repeats what failed, and only that.
async fn persist<Q: DeadLetterQueue>(queue: Arc<Q>, mut left: Vec<Receipt>, change: Change) -> Vec<Receipt> {
    let mut done = Vec::with_capacity(left.len());
    for failures in 1..=TRIES {
        match call(&*queue, &left, change).await {
            Ok(entries) => {
                let mut entries = entries.into_iter().chain(std::iter::repeat(EntryResult::Failed));
                left.retain(|receipt| match entries.next() {
                    Some(EntryResult::Ok) => {
                        done.push(receipt.clone());
                        false
                    }
                    Some(EntryResult::Stale) => false,
                    _ => true,
                });
            }
            Err(fault) => tracing::debug!(error = %fault, failures, "could not settle letters yet"),
        }
        if left.is_empty() || failures == TRIES {
            break;
        }
        sleep(BACKOFF.delay(failures)).await;
    }
    done
}

async fn call<Q: DeadLetterQueue>(
    queue: &Q,
    receipts: &[Receipt],
    change: Change,
) -> Result<Vec<EntryResult>, ServiceError> {
    match change {
        Change::Delete => queue.delete(receipts).await,
        Change::Return(after) => {
            let receipts: Vec<_> = receipts.iter().map(|receipt| (receipt.clone(), after)).collect();
            queue.change_visibility(&receipts).await
        }
    }
}
