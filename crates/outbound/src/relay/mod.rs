//! The relay: sends what lies in an outbox, and deletes what was confirmed.

mod held;
mod metrics;
mod pace;
mod plan;
pub mod port;
mod sending;
mod stats;
mod status;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::failpoint;
use shared::backoff::Backoff;
use tokio::sync::{Mutex as Turn, Notify};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use metrics::names;
use pace::Pace;
use port::{Found, Outbox, OutboxError, Queues, Row};
pub use stats::{RelayCounts, RelayStats};
pub use status::RelayStatus;

/// Claims of one relay at a time, and so its connections.
pub const CLAIMS: usize = 4;
/// Between two looks at how much waits.
const DEPTH: Duration = Duration::from_secs(10);
/// So many times as long as a look took, at least, is none made.
const REST: u32 = 2;
/// Between two lines in the log while rows cannot be had.
const REMIND: Duration = Duration::from_mins(1);

/// Between two claims while rows that were sent cannot be deleted.
const UNDELETED: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(30) };

/// Sends what lies in an outbox, and deletes what was confirmed.
///
/// Any number of relays work side by side: what one has claimed, others pass over. Of each group the
/// messages are sent in the order of their rows, each once the one before it was confirmed. What SQS did
/// not confirm stays, and goes out again under the same `dedup-id`: consumers drop the double.
pub struct Relay<O, Q: Queues> {
    shared: Shared<O, Q>,
    claims: usize,
}

/// A part of a relay panicked.
#[derive(Debug, thiserror::Error)]
#[error("the relay failed: {0}")]
pub struct RelayFailed(JoinError);

/// What the claims of a relay have in common.
struct Shared<O, Q: Queues> {
    outbox: O,
    queues: Q,
    ports: Mutex<HashMap<Arc<str>, Arc<Q::Port>>>,
    stats: Arc<RelayStats>,
    batches_groups: bool,
    /// One looks at a time.
    look: Turn<Look>,
    /// Claims in a row whose rows could not be deleted.
    undeleted: AtomicU32,
    /// More of what was claimed in part is to be had.
    more: Notify,
}

/// What is known from looks before.
struct Look {
    pace: Pace,
    /// Since when they fail, and when that was told.
    failing: Option<(Instant, Instant)>,
}

/// What was claimed.
struct Claim<H> {
    rows: Vec<Row>,
    hold: H,
    at: Instant,
}

impl<O: Outbox, Q: Queues> Relay<O, Q> {
    /// A relay from `outbox` to `queues`.
    pub fn new(outbox: O, queues: Q) -> Self {
        let look = Turn::new(Look { pace: Pace::new(), failing: None });
        let shared = Shared {
            outbox,
            queues,
            ports: Mutex::default(),
            stats: Arc::default(),
            batches_groups: false,
            look,
            undeleted: AtomicU32::new(0),
            more: Notify::new(),
        };
        Self { shared, claims: CLAIMS }
    }

    /// Puts up to ten messages of one group into one call on FIFO queues, too, rather than one: many times
    /// faster where there are few groups. Where SQS then fails one message of a call and takes the next of
    /// its group, these have changed places.
    #[must_use]
    pub fn batch_groups(mut self, batches: bool) -> Self {
        self.shared.batches_groups = batches;
        self
    }

    /// What it has done and has before it.
    pub fn stats(&self) -> Arc<RelayStats> {
        self.shared.stats.clone()
    }

    /// Relays until `stop`, and then ends what is under way, within 25 s.
    ///
    /// # Errors
    /// Where a part of it panicked.
    ///
    /// # Cancel safety
    /// Dropped, the outcome of calls under way is unknown: their messages go out again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RelayFailed> {
        let (shared, claims) = (Arc::new(self.shared), self.claims);
        let mut tasks = JoinSet::new();
        for _ in 0..claims {
            let (shared, stop) = (shared.clone(), stop.clone());
            tasks.spawn(async move { shared.work(&stop).await });
        }
        tasks.spawn(async move { stop.run_until_cancelled(shared.measure()).await.unwrap_or_default() });
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(RelayFailed)?;
        }
        Ok(())
    }
}

impl<O: Outbox, Q: Queues> Shared<O, Q> {
    /// One claim after the other.
    async fn work(&self, stop: &CancellationToken) {
        while let Some(claim) = stop.run_until_cancelled(self.claim()).await {
            let claimed = claim.rows.len();
            let sent = self.send(claim.rows, claim.at).await;
            failpoint::reach("relay-sent");
            match self.outbox.confirm(claim.hold, &sent).await {
                Ok(()) => {
                    self.stats.relayed(sent.len());
                    self.undeleted.store(0, Relaxed);
                }
                Err(error) => {
                    stop.run_until_cancelled(self.not_deleted(sent.len(), &error)).await.unwrap_or_default();
                }
            }
            if sent.len() == claimed {
                self.more.notify_one();
            }
        }
    }

    /// What was sent will be sent again. While that goes on, nobody claims more and more often.
    async fn not_deleted(&self, rows: usize, error: &OutboxError) {
        let remedy = error.remedy;
        self.stats.failed(rows);
        tracing::warn!(%error, rows, "messages of the outbox were sent and not deleted, so they are sent again, as doubles: {remedy}");
        let _nobody_else = self.look.lock().await;
        sleep(UNDELETED.bound(self.undeleted.fetch_add(1, Relaxed) + 1)).await;
    }

    /// Waits for rows, and claims them.
    async fn claim(&self) -> Claim<O::Hold> {
        let mut look = self.look.lock().await;
        loop {
            let (published, at) = (self.outbox.published(), Instant::now());
            let wait = match self.outbox.claim(&self.stats.held.except()).await {
                Ok(Found::Rows { rows, hold }) => {
                    self.works(&mut look);
                    look.pace.found();
                    return Claim { rows, hold, at };
                }
                Ok(found) => {
                    self.works(&mut look);
                    if matches!(found, Found::Held) { look.pace.held() } else { look.pace.nothing() }
                }
                Err(error) => {
                    look.fails(&error);
                    self.stats.set_trouble(Some(error.to_string()));
                    look.pace.failed()
                }
            };
            // A look that takes long, as there is much that cannot be sent now, is not made all the time.
            let (wait, is_failing) = (wait.max(REST * at.elapsed()), look.failing.is_some());
            tokio::select! {
                () = sleep(wait) => {}
                () = published, if !is_failing => {}
                () = self.more.notified(), if !is_failing => {}
            }
        }
    }

    fn works(&self, look: &mut Look) {
        if let Some((since, _)) = look.failing.take() {
            self.stats.set_trouble(None);
            tracing::info!("the outbox can be read again after {} s", since.elapsed().as_secs());
        }
    }

    /// Looks from time to time how much waits.
    async fn measure(&self) {
        loop {
            self.stats.set_depth(self.outbox.depth().await.ok());
            sleep(DEPTH).await;
        }
    }

    fn of_ports(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Q::Port>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    /// A look failed. The log says so once, with the remedy, and then each minute.
    fn fails(&mut self, error: &OutboxError) {
        let now = Instant::now();
        let (since, told) = self.failing.get_or_insert((now, now));
        if *since != now && told.elapsed() < REMIND {
            return;
        }
        *told = now;
        let (seconds, remedy) = (since.elapsed().as_secs(), error.remedy);
        if error.is_permanent {
            tracing::error!(%error, seconds, "the outbox cannot be read, which is tried again: {remedy}");
        } else {
            tracing::warn!(%error, seconds, "the outbox cannot be read, which is tried again: {remedy}");
        }
    }
}

impl<O, Q: Queues> fmt::Debug for Relay<O, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("stats", &self.shared.stats).finish_non_exhaustive()
    }
}
