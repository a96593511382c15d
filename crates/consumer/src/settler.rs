//! One call to the queue with everything that may go wrong with it: partial failure, retry, loss.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::delivery::Delivery;
use crate::failpoint;
use crate::handler::Rejection;
use crate::lease::Lease;
use crate::queue::{Entry, Queue};
use crate::stats::Stats;
use shared::backoff::Backoff;

/// So many there are, and calls under way at once.
pub(crate) const SETTLERS: usize = 16;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(10) };
/// Of one settlement, beside those that the SDK makes of each call.
const TRIES: u32 = 10;

/// One of several that share the calls. Settles for good, or as good as it gets.
///
/// They live as long as the pipeline: a call's future is large, and a task for each call would be
/// spent on copying it about (7 % of all instructions).
#[derive(Debug)]
pub(crate) struct Settler<Q> {
    pub(crate) queue: Arc<Q>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) calls: async_channel::Receiver<Call>,
    pub(crate) settling: Arc<AtomicUsize>,
}

/// What the queue is to be told.
#[derive(Debug)]
pub(crate) enum Call {
    /// Of up to ten: done with.
    Delete(Vec<Lease>),
    /// Of up to ten: wanted again after a delay.
    Release(Vec<(Lease, Duration)>),
    /// Of one: given up.
    DeadLetter(Box<Delivery>, Rejection),
}

/// Leases that are to be told the same.
#[derive(Debug)]
enum Change {
    Delete(Vec<Lease>),
    Release(Vec<(Lease, Duration)>),
}

impl Call {
    /// How many it settles.
    pub(crate) fn deliveries(&self) -> usize {
        match self {
            Self::Delete(leases) => leases.len(),
            Self::Release(leases) => leases.len(),
            Self::DeadLetter(..) => 1,
        }
    }
}

impl<Q: Queue> Settler<Q> {
    /// Settles until there are no more calls.
    pub(crate) async fn run(self) {
        while let Ok(call) = self.calls.recv().await {
            let deliveries = call.deliveries();
            match call {
                Call::Delete(leases) => self.delete(leases).await,
                Call::Release(leases) => self.release(leases).await,
                Call::DeadLetter(delivery, rejection) => self.dead_letter(*delivery, rejection).await,
            }
            self.settling.fetch_sub(deliveries, Ordering::Relaxed);
        }
    }

    async fn delete(&self, leases: Vec<Lease>) {
        let count = leases.len();
        let left = self.persist(Change::Delete(leases)).await;
        self.stats.deleted.add(count - left);
        if left > 0 {
            tracing::warn!(left, "could not delete: they will come again and be found stored");
        }
    }

    async fn release(&self, leases: Vec<(Lease, Duration)>) {
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

    /// Sent to the dead-letter queue first, deleted here after.
    async fn dead_letter(&self, delivery: Delivery, rejection: Rejection) {
        let message = &delivery.message;
        let (id, reason) = (message.id, rejection.reason);
        match self.queue.dead_letter(message, &rejection).await {
            Ok(_) => {
                tracing::warn!(message.id = %id, reason, "moved to the dead-letter queue");
                self.stats.dead_lettered.add(reason, 1);
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
