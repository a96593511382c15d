//! One call to the queue with everything that may go wrong with it: partial failure, retry, loss.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::{ErrorKind, ServiceError};
use tokio::time::{Instant, sleep};

use crate::breaker::Breaker;
use crate::delivery::Delivery;
use crate::failpoint;
use crate::lease::ledger::Lease;
use crate::order::lanes::Lanes;
use crate::queue::{EntryResult, Moved, Queue};
use crate::stats::Stats;
use crate::trouble::Trouble;
use crate::verdict::{Rejection, Unavailable};

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(10) };
/// Of one release, beside those that the SDK makes of each call.
const TRIES: u32 = 10;
/// Calls without an answer before deletes count as failing: one that is lost is no news.
const SILENCES: u32 = 2;

/// One of several that share the calls. Settles for good, or as good as it gets.
///
/// They live as long as the pipeline: a call's future is large, and a task for each call would be
/// spent on copying it about (7 % of all instructions).
#[derive(Debug)]
pub(crate) struct Settler<Q> {
    pub(crate) queue: Arc<Q>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) calls: async_channel::Receiver<Call>,
    pub(crate) settling: Arc<AtomicUsize>,
    /// Open while nothing can be deleted.
    pub(crate) deletes: Arc<Breaker>,
    /// With changes of visibility.
    pub(crate) changes: Arc<Trouble>,
    /// With sending to the dead-letter queue.
    pub(crate) dead_letters: Arc<Trouble>,
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

    /// Repeats what failed, and only that, for as long as it takes: what is done and not deleted
    /// would come again, and spend its receives.
    async fn delete(&self, mut leases: Vec<Lease>) {
        for failures in 1.. {
            let Ok(turn) = self.deletes.turn().await else { return };
            let count = leases.len();
            match self.try_to_delete(&leases).await {
                Ok(entries) => {
                    note_deleted(&mut leases, &entries);
                    keep_failed(&mut leases, &entries);
                }
                Err(fault) if fault.kind == ErrorKind::Unavailable && failures < SILENCES => {}
                Err(fault) => self.deletes.open(&stopped(&fault)),
            }
            let left = leases.len();
            if left < count {
                self.stats.deleted.add(count - left);
                self.deletes.close();
            }
            drop(turn);
            // What is not deleted by then has gone to others.
            leases.retain(|lease| lease.limit() > Instant::now());
            if leases.is_empty() {
                return;
            }
            if self.deletes.is_open().is_none() {
                sleep(BACKOFF.delay(failures)).await;
            }
        }
    }

    async fn try_to_delete(&self, leases: &[Lease]) -> Result<Vec<EntryResult>, ServiceError> {
        let receipts: Vec<_> = leases.iter().map(|lease| lease.receipt().clone()).collect();
        failpoint::enter("mid-delete");
        self.queue.delete(&receipts).await
    }

    async fn release(&self, mut leases: Vec<(Lease, Duration)>) {
        let count = leases.len();
        for (lease, _) in &leases {
            lease.finish().await;
        }
        for failures in 1..=TRIES {
            let receipts: Vec<_> =
                leases.iter().map(|(lease, after)| (lease.receipt().clone(), *after)).collect();
            let answer = self.queue.change_visibility(&receipts).await;
            self.changes.answered(&answer);
            if let Ok(entries) = answer {
                keep_failed(&mut leases, &entries);
            }
            if leases.is_empty() || failures == TRIES {
                break;
            }
            sleep(BACKOFF.delay(failures)).await;
        }
        // The others come again at their visibility timeout.
        self.stats.released.add(count - leases.len());
    }

    /// Sent to the dead-letter queue first, deleted here after.
    async fn dead_letter(&self, delivery: Delivery, rejection: Rejection) {
        let message = &delivery.message;
        let (id, reason) = (message.id, rejection.reason());
        match self.queue.dead_letter(message, &rejection).await {
            Ok(Moved::Sent) => {
                self.dead_letters.succeeded();
                tracing::warn!(message.id = %id, reason, "moved to the dead-letter queue");
                self.stats.dead_lettered.add(reason.to_owned(), 1);
                self.delete(vec![delivery.lease]).await;
            }
            Ok(Moved::LeftToQueue) => {
                tracing::warn!(
                    message.id = %id, reason, bytes = message.bytes(),
                    "there is no room for the reason beside it: SQS moves it to the dead-letter queue as it is, \
                     once its receives are spent"
                );
                self.stats.retried.add("left-to-sqs", 1);
                self.release(vec![(delivery.lease, Duration::ZERO)]).await;
            }
            Err(fault) => {
                self.dead_letters.failed(&fault);
                tracing::debug!(message.id = %id, reason, error = %fault, "could not move to the dead-letter queue");
                let after = delivery.retry_delay();
                match delivery.lane() {
                    Some(_) => self.lanes.take_back(delivery, Some(after)),
                    None => self.release(vec![(delivery.lease, after)]).await,
                }
            }
        }
    }
}

fn note_deleted(leases: &mut [Lease], entries: &[EntryResult]) {
    for (lease, _) in leases.iter_mut().zip(entries).filter(|(_, entry)| **entry == EntryResult::Ok) {
        lease.deleted();
    }
}

/// What is gone cannot be settled by anybody, and needs no settling.
fn keep_failed<T>(leases: &mut Vec<T>, entries: &[EntryResult]) {
    let mut entries = entries.iter();
    leases.retain(|_| matches!(entries.next(), Some(EntryResult::Failed) | None));
}

fn stopped(fault: &ServiceError) -> Unavailable {
    let error = format!("{fault}: {}", fault.remedy());
    if fault.kind == ErrorKind::Unavailable {
        Unavailable::passing(error)
    } else {
        Unavailable::permanent(error)
    }
}
