//! Tells the queue what became of deliveries: deletes, releases, dead letters.
//!
//! Calls are filled up to ten. A call that is not full waits only while other deliveries are
//! under way that could fill it, and never longer than [`LINGER`].

use std::sync::Arc;
use std::time::Duration;

use shared::sqs::MAX_BATCH;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::delivery::Settlement;
use crate::lease::{Lease, Leases};
use crate::queue::Queue;
use crate::settler::Settler;

/// The longest that a delete waits for company.
const LINGER: Duration = Duration::from_millis(50);
/// Calls under way at once.
const CALLS: usize = 16;

/// Gathers settlements into calls.
#[derive(Debug)]
pub(crate) struct Acker<Q> {
    settler: Arc<Settler<Q>>,
    leases: Arc<Leases>,
    settlements: mpsc::Receiver<Vec<Settlement>>,
    deletes: Vec<Lease>,
    linger_ends: Instant,
    calls: JoinSet<usize>,
    settling: usize,
}

impl<Q: Queue> Acker<Q> {
    /// Settles by way of `settler` whatever comes in by `settlements`.
    pub(crate) fn new(
        settler: Settler<Q>,
        leases: Arc<Leases>,
        settlements: mpsc::Receiver<Vec<Settlement>>,
    ) -> Self {
        Self {
            settler: Arc::new(settler),
            leases,
            settlements,
            deletes: Vec::new(),
            linger_ends: Instant::now(),
            calls: JoinSet::new(),
            settling: 0,
        }
    }

    /// Settles until nothing more comes in and everything is settled.
    pub(crate) async fn run(mut self) {
        loop {
            let busy = self.calls.len() >= CALLS;
            tokio::select! {
                Some(ended) = self.calls.join_next() => self.ended(ended),
                settlements = self.settlements.recv(), if !busy => match settlements {
                    Some(settlements) => self.take(settlements),
                    None => break,
                },
                () = sleep_until(self.linger_ends), if !busy && !self.deletes.is_empty() => self.delete_rest(),
            }
        }
        self.delete_rest();
        while let Some(ended) = self.calls.join_next().await {
            self.ended(ended);
        }
    }

    fn take(&mut self, settlements: Vec<Settlement>) {
        let mut releases = Vec::new();
        for settlement in settlements {
            match settlement {
                Settlement::Delete(lease) => self.delete(lease),
                Settlement::Release(lease, after) => releases.push((lease, after)),
                Settlement::DeadLetter(delivery, rejection) => {
                    let settler = self.settler.clone();
                    self.spawn(1, async move { settler.dead_letter(*delivery, rejection).await });
                }
            }
        }
        while !releases.is_empty() {
            let batch = releases.split_off(releases.len().saturating_sub(MAX_BATCH));
            let settler = self.settler.clone();
            self.spawn(batch.len(), async move { settler.release(batch).await });
        }
        if self.nothing_else_is_under_way() {
            self.delete_rest();
        }
    }

    fn delete(&mut self, lease: Lease) {
        if self.deletes.is_empty() {
            self.linger_ends = Instant::now() + LINGER;
        }
        self.deletes.push(lease);
        if self.deletes.len() == MAX_BATCH {
            self.delete_rest();
        }
    }

    fn nothing_else_is_under_way(&self) -> bool {
        self.leases.held() <= self.settling + self.deletes.len()
    }

    fn delete_rest(&mut self) {
        let batch = std::mem::take(&mut self.deletes);
        if !batch.is_empty() {
            let settler = self.settler.clone();
            self.spawn(batch.len(), async move { settler.delete(batch).await });
        }
    }

    fn spawn(&mut self, deliveries: usize, call: impl Future<Output = ()> + Send + 'static) {
        self.settling += deliveries;
        self.calls.spawn(async move {
            call.await;
            deliveries
        });
    }

    fn ended(&mut self, ended: Result<usize, tokio::task::JoinError>) {
        match ended {
            Ok(deliveries) => self.settling -= deliveries,
            // A delivery whose settlement panicked is unaccounted for: so is this process.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
