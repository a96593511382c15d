//! One call to the queue with everything that may go wrong with it: partial failure, retry, loss.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::delivery::Delivery;
use crate::failpoint;
use crate::handler::Rejection;
use crate::lease::Lease;
use crate::queue::{Entry, Queue};
use crate::stats::Stats;
use shared::backoff::Backoff;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(10) };
/// Of one settlement, beside those that the SDK makes of each call.
const TRIES: u32 = 10;

/// Settles for good, or as good as it gets.
#[derive(Debug)]
pub(crate) struct Settler<Q> {
    pub(crate) queue: Arc<Q>,
    pub(crate) stats: Arc<Stats>,
}

/// Leases that are to be told the same.
#[derive(Debug)]
enum Change {
    Delete(Vec<Lease>),
    Release(Vec<(Lease, Duration)>),
}

impl<Q: Queue> Settler<Q> {
    /// Deletes what is done with.
    pub(crate) async fn delete(&self, leases: Vec<Lease>) {
        let count = leases.len();
        let left = self.persist(Change::Delete(leases)).await;
        self.stats.deleted.add(count - left);
        if left > 0 {
            tracing::warn!(left, "could not delete: they will come again and be found stored");
        }
    }

    /// Gives back what is wanted again after a delay.
    pub(crate) async fn release(&self, leases: Vec<(Lease, Duration)>) {
        let count = leases.len();
        for (lease, _) in &leases {
            lease.finish().await;
        }
        let left = self.persist(Change::Release(leases)).await;
        self.stats.released.add(count - left);
        if left > 0 {
            tracing::warn!(left, "could not release: they will come again at their visibility timeout");
        }
    }

    /// Moves to the dead-letter queue: sent there first, deleted here after.
    pub(crate) async fn dead_letter(&self, delivery: Delivery, rejection: Rejection) {
        let message = &delivery.message;
        let (id, reason) = (message.id, rejection.reason);
        match self.queue.dead_letter(message, &rejection).await {
            Ok(()) => {
                tracing::warn!(message.id = %id, reason, "moved to the dead-letter queue");
                self.stats.dead_lettered.add(1);
                self.delete(vec![delivery.lease]).await;
            }
            Err(fault) => {
                tracing::error!(message.id = %id, reason, error = %fault, "could not move to the dead-letter queue");
                let after = delivery.retry_delay();
                self.release(vec![(delivery.lease, after)]).await;
            }
        }
    }

    /// Repeats what failed, and only that. Returns how many are left.
    async fn persist(&self, mut change: Change) -> usize {
        for failures in 1..=TRIES {
            let answer = match &change {
                Change::Delete(leases) => {
                    let receipts: Vec<_> = leases.iter().map(|lease| lease.receipt().clone()).collect();
                    failpoint::enter("mid-delete");
                    self.queue.delete(&receipts).await
                }
                Change::Release(leases) => {
                    let receipt = |(lease, after): &(Lease, Duration)| (lease.receipt().clone(), *after);
                    let receipts: Vec<_> = leases.iter().map(receipt).collect();
                    self.queue.change_visibility(&receipts).await
                }
            };
            match answer {
                Ok(entries) => change.keep_failed(&entries),
                Err(fault) => tracing::debug!(error = %fault, failures, "could not settle yet"),
            }
            if change.len() == 0 || failures == TRIES {
                break;
            }
            sleep(BACKOFF.delay(failures)).await;
        }
        change.len()
    }
}

impl Change {
    fn len(&self) -> usize {
        match self {
            Self::Delete(leases) => leases.len(),
            Self::Release(leases) => leases.len(),
        }
    }

    /// What is gone cannot be settled by anybody, and needs no settling.
    fn keep_failed(&mut self, entries: &[Entry]) {
        let mut entries = entries.iter();
        let mut failed = || matches!(entries.next(), Some(Entry::Failed) | None);
        match self {
            Self::Delete(leases) => leases.retain(|_| failed()),
            Self::Release(leases) => leases.retain(|_| failed()),
        }
    }
}
