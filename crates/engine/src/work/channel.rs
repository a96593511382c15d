//! Between receivers and workers: deliveries travel in batches, an answer of the queue at a time.
//!
//! One by one, they would wake a worker each, and be stored by as many statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::batch::{Batch, BatchLimits, bytes_of};

/// The receivers' end.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    batches: async_channel::Sender<Batch>,
    waiting: Arc<AtomicUsize>,
    limits: BatchLimits,
}

/// The workers' end. Each batch goes to one of them.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    batches: async_channel::Receiver<Batch>,
    waiting: Arc<AtomicUsize>,
}

/// For as many deliveries as anybody holds; batches are at most as large as `limits`.
pub(crate) fn channel(limits: BatchLimits) -> (Sender, Receiver) {
    let (sender, receiver) = async_channel::unbounded();
    let waiting = Arc::<AtomicUsize>::default();
    (Sender { batches: sender, waiting: waiting.clone(), limits }, Receiver { batches: receiver, waiting })
}

impl Sender {
    /// Passes them on. Where the other end is closed they come back to the queue by themselves.
    pub(crate) fn send(&self, deliveries: Batch) {
        if deliveries.len() <= self.limits.rows && bytes_of(&deliveries) <= self.limits.bytes {
            return self.pass_on(deliveries);
        }
        let mut batch = Batch::new();
        for delivery in deliveries {
            let bytes = bytes_of(&batch) + delivery.message.body.len();
            if !batch.is_empty() && (batch.len() >= self.limits.rows || bytes > self.limits.bytes) {
                self.pass_on(std::mem::take(&mut batch));
            }
            batch.push(delivery);
        }
        self.pass_on(batch);
    }

    /// Passes on what is to be worked on in this order: each of `runs` goes to one worker as a whole.
    pub(crate) fn send_runs(&self, runs: impl IntoIterator<Item = Batch>) {
        let mut batch = Batch::new();
        for run in runs {
            let (rows, bytes) = (batch.len() + run.len(), bytes_of(&batch) + bytes_of(&run));
            if !batch.is_empty() && (rows > self.limits.rows || bytes > self.limits.bytes) {
                self.pass_on(std::mem::take(&mut batch));
            }
            batch.extend(run);
        }
        self.pass_on(batch);
    }

    fn pass_on(&self, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        self.waiting.fetch_add(batch.len(), Ordering::Relaxed);
        self.batches.try_send(batch).ok();
    }
}

impl Receiver {
    /// Waits for a batch; `None` where there will be no more.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn recv(&self) -> Option<Batch> {
        self.batches.recv().await.ok().map(|batch| self.taken(batch))
    }

    /// A batch, if one is there.
    pub(crate) fn try_recv(&self) -> Option<Batch> {
        self.batches.try_recv().ok().map(|batch| self.taken(batch))
    }

    /// Nothing more comes in; what is there can still be taken.
    pub(crate) fn close(&self) {
        self.batches.close();
    }

    /// How many deliveries wait, for whoever wants to know later.
    pub(crate) fn waiting(&self) -> Arc<AtomicUsize> {
        self.waiting.clone()
    }

    fn taken(&self, batch: Batch) -> Batch {
        self.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Delivery;
    use crate::delivery::tests::delivery;
    use crate::testing::message;

    async fn any() -> Delivery {
        delivery(message("any").into()).await
    }

    #[tokio::test]
    async fn what_waits_is_counted_until_it_is_taken_and_nothing_follows_the_end() {
        let (sender, receiver) = channel(BatchLimits { rows: 2, bytes: usize::MAX });
        let waiting = receiver.waiting();
        sender.send(vec![any().await, any().await, any().await]);
        assert_eq!(waiting.load(Ordering::Relaxed), 3);
        assert_eq!(receiver.try_recv().map(|batch| batch.len()), Some(2));
        assert_eq!(waiting.load(Ordering::Relaxed), 1);
        receiver.close();
        sender.send(vec![any().await]);
        assert_eq!(receiver.recv().await.map(|batch| batch.len()), Some(1));
        assert!(receiver.recv().await.is_none());
    }
}
