//! Watches over lanes that rest, and passes on what they give back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::lanes::Lanes;
use crate::delivery::Settlement;
use crate::lease::capacity::Capacity;
use crate::lease::ledger::Leases;

/// Between two looks at whether others need the room, while any lane rests.
const LOOK: Duration = Duration::from_secs(1);
/// So long they may do without.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between the lanes and the settlements.
#[derive(Debug)]
pub(crate) struct LaneKeeper {
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) capacity: Capacity,
    /// Messages on loan, at the most.
    pub(crate) max_in_flight: usize,
    pub(crate) returned: mpsc::UnboundedReceiver<Vec<Settlement>>,
    pub(crate) settlements: mpsc::Sender<Vec<Settlement>>,
}

impl LaneKeeper {
    /// Keeps watch until the lanes give nothing back any more.
    pub(crate) async fn run(mut self) {
        let mut full_since = None;
        loop {
            let is_crowded = self.is_crowded(&mut full_since);
            let next = self.lanes.look(is_crowded).map(|due| due.min(Instant::now() + LOOK));
            let wait = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                returned = self.returned.recv() => match returned {
                    Some(settlements) => drop(self.settlements.send(settlements).await),
                    None => return,
                },
                () = self.lanes.rests.notified() => {}
                () = wait => {}
            }
        }
    }

    /// Whether nothing could be received for a while, as all room was taken.
    fn is_crowded(&self, full_since: &mut Option<Instant>) -> bool {
        let now = Instant::now();
        let is_full = self.leases.held() >= self.max_in_flight || self.capacity.is_heavy();
        let since = *full_since.get_or_insert(now);
        let is_crowded = is_full && now - since >= PATIENCE;
        if !is_full || is_crowded {
            *full_since = None;
        }
        is_crowded
    }
}
