//! Takes batches of deliveries, has them handled, and passes on what is to become of each.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::breaker::Breaker;
use crate::channel::{self, Parcel};
use crate::delivery::{Delivery, Settlement};
use crate::failpoint;
use crate::handler::{Away, Handler, Verdict};
use crate::progress::Progress;

/// How large a batch may get. It never waits to get there.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// Messages.
    pub rows: usize,
    /// Bytes of all bodies; a single larger one is a batch of its own.
    pub bytes: usize,
}

/// For one batch: a handler that takes longer is stuck, and is dropped.
const LONGEST: Duration = Duration::from_mins(5);

/// One of several that share the deliveries.
#[derive(Debug)]
pub(crate) struct Worker<H> {
    pub(crate) id: usize,
    pub(crate) handler: Arc<H>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) limits: BatchLimits,
    pub(crate) progress: Arc<Progress>,
    pub(crate) deliveries: channel::Receiver,
    pub(crate) settlements: mpsc::Sender<Vec<Settlement>>,
    /// Cancelled when it is too late to begin anything more.
    pub(crate) last_call: CancellationToken,
    /// After so many receives the queue gives a message up; `None`: never.
    pub(crate) max_receive_count: Option<u32>,
    /// Taken from the channel, but too large for the batch before it.
    pub(crate) next: Option<Parcel>,
}

impl<H: Handler> Worker<H> {
    /// Works until there are no more deliveries.
    pub(crate) async fn run(mut self) {
        while let Some(batch) = self.take().await {
            let settlements =
                if self.last_call.is_cancelled() { give_back(batch) } else { self.work(batch).await };
            if self.settlements.send(settlements).await.is_err() {
                return;
            }
        }
    }

    /// The next parcel and whatever else is there, within the limits.
    async fn take(&mut self) -> Option<Vec<Delivery>> {
        let mut batch = match self.next.take() {
            Some(parcel) => parcel,
            None => self.deliveries.recv().await?,
        };
        let mut bytes = channel::bytes(&batch);
        while batch.len() < self.limits.rows {
            let Some(parcel) = self.deliveries.try_recv() else { break };
            bytes += channel::bytes(&parcel);
            if bytes > self.limits.bytes || batch.len() + parcel.len() > self.limits.rows {
                self.next = Some(parcel);
                break;
            }
            batch.extend(parcel);
        }
        Some(batch)
    }

    /// Tries until the handler has said something of every message. All are given back where the
    /// process is ending, or where they were held for as long as SQS allows.
    async fn work(&self, batch: Vec<Delivery>) -> Vec<Settlement> {
        let limit = batch.iter().map(|delivery| delivery.lease.limit()).min();
        let limit = limit.expect("a batch is never empty");
        loop {
            let handled = timeout(LONGEST, self.handler.handle(&batch)).await;
            failpoint::reach("after-commit");
            let stuck =
                || vec![Verdict::Away(Away::passing("the handler does not come to an end")); batch.len()];
            let verdicts = handled.unwrap_or_else(|_| stuck());
            match verdicts.iter().find_map(|verdict| match verdict {
                Verdict::Away(away) => Some(away.clone()),
                _ => None,
            }) {
                None => return self.settle(batch, verdicts),
                Some(away) => {
                    self.progress.stats().retried.add("away", batch.len());
                    self.breaker.open(&away);
                }
            }
            let Ok(Ok(())) = timeout_at(limit, self.breaker.closed()).await else {
                return give_back(batch);
            };
        }
    }

    fn settle(&self, batch: Vec<Delivery>, verdicts: Vec<Verdict>) -> Vec<Settlement> {
        assert_eq!(batch.len(), verdicts.len(), "a handler gives each delivery one verdict");
        self.progress.handled(self.id, &batch, &verdicts);
        batch
            .into_iter()
            .zip(verdicts)
            .map(|(delivery, verdict)| self.settlement(delivery, verdict))
            .collect()
    }

    fn settlement(&self, delivery: Delivery, verdict: Verdict) -> Settlement {
        match verdict {
            Verdict::Done | Verdict::Duplicate => delivery.done(),
            Verdict::Reject(rejection) => delivery.reject(rejection),
            Verdict::Retry(rejection) if self.last_receive(&delivery) => delivery.reject(rejection),
            Verdict::Away(_) => delivery.release(Duration::ZERO),
            Verdict::Retry(rejection) => {
                self.progress.stats().retried.add(rejection.reason, 1);
                delivery.retry()
            }
        }
    }

    /// Whether SQS would move the message to the dead-letter queue, without a reason, rather than
    /// hand it out again.
    fn last_receive(&self, delivery: &Delivery) -> bool {
        self.max_receive_count.is_some_and(|most| delivery.message.receive_count >= most)
    }
}

/// At once: somebody else may be able to handle them.
pub(crate) fn give_back(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<Settlement> {
    deliveries.into_iter().map(|delivery| delivery.release(Duration::ZERO)).collect()
}
