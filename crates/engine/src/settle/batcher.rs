//! Gathers what became of deliveries into calls to the queue.
//!
//! Calls are filled up to ten. A call that is not full waits only while other deliveries are
//! under way or to be expected that could fill it, and never longer than [`LINGER`].

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::limits::MAX_BATCH;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::settler::Call;
use crate::delivery::Settlement;
use crate::lease::ledger::{Lease, Leases};
use crate::order::lanes::Lanes;

/// The longest that a delete waits for company.
const LINGER: Duration = Duration::from_millis(50);

/// Between the workers and the settlers.
#[derive(Debug)]
pub(crate) struct SettlementBatcher {
    pub(crate) leases: Arc<Leases>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) settlements: mpsc::Receiver<Vec<Settlement>>,
    pub(crate) calls: async_channel::Sender<Call>,
    /// Deliveries that were passed on and are not settled yet.
    pub(crate) settling: Arc<AtomicUsize>,
}

/// Deletes that wait for company.
#[derive(Debug)]
struct Waiting {
    deletes: Vec<Lease>,
    until: Instant,
    /// When the last of them came: others may come as soon after it.
    came: Option<Instant>,
}

impl SettlementBatcher {
    /// Gathers until nothing more comes in.
    pub(crate) async fn run(mut self) {
        let mut waiting =
            Waiting { deletes: Vec::with_capacity(MAX_BATCH), until: Instant::now(), came: None };
        loop {
            tokio::select! {
                settlements = self.settlements.recv() => match settlements {
                    Some(settlements) => self.take(settlements, &mut waiting).await,
                    None => break,
                },
                () = sleep_until(waiting.until), if !waiting.deletes.is_empty() => self.delete(&mut waiting).await,
            }
        }
        self.delete(&mut waiting).await;
    }

    async fn take(&self, settlements: Vec<Settlement>, waiting: &mut Waiting) {
        let mut releases = Vec::new();
        let expects_more = waiting.expects_more() && self.lanes.waiting() == 0;
        for settlement in settlements {
            match settlement {
                Settlement::Delete(lease) => {
                    waiting.add(lease);
                    if waiting.deletes.len() == MAX_BATCH {
                        self.delete(waiting).await;
                    }
                }
                Settlement::Release(lease, after) => releases.push((lease, after)),
                Settlement::DeadLetter(delivery, rejection) => {
                    self.pass_on(Call::DeadLetter(delivery, rejection)).await;
                }
            }
        }
        // In their order: of a group the first one gets visible first.
        while !releases.is_empty() {
            let rest = releases.split_off(releases.len().min(MAX_BATCH));
            self.pass_on(Call::Release(std::mem::replace(&mut releases, rest))).await;
        }
        if !expects_more && self.nothing_else_is_under_way(waiting) {
            self.delete(waiting).await;
        }
    }

    fn nothing_else_is_under_way(&self, waiting: &Waiting) -> bool {
        let settling = self.settling.load(Ordering::Relaxed) + waiting.deletes.len();
        // Those that wait for others may wait for these deletes.
        self.leases.held() <= settling + self.lanes.waiting()
    }

    async fn delete(&self, waiting: &mut Waiting) {
        if !waiting.deletes.is_empty() {
            let deletes = std::mem::replace(&mut waiting.deletes, Vec::with_capacity(MAX_BATCH));
            self.pass_on(Call::Delete(deletes)).await;
        }
    }

    /// Waits for a settler. They end only after this one, so there always is one.
    async fn pass_on(&self, call: Call) {
        self.settling.fetch_add(call.deliveries(), Ordering::Relaxed);
        self.calls.send(call).await.ok();
    }
}

impl Waiting {
    fn add(&mut self, lease: Lease) {
        if self.deletes.is_empty() {
            self.until = Instant::now() + LINGER;
        }
        self.deletes.push(lease);
    }

    /// Whether the last ones came a short while ago, as do those that come one by one. From now on that is
    /// counted anew.
    fn expects_more(&mut self) -> bool {
        let before = self.came.replace(Instant::now());
        before.is_some_and(|before| before.elapsed() < LINGER)
    }
}
