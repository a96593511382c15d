//! A run as others see it: what it does, how it is, and the one thing they may tell it, to pause.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::depth::Depth;
use crate::handler::Backend;
use crate::lease::capacity::Capacity;
use crate::lease::groups::Groups;
use crate::lease::ledger::Leases;
use crate::metrics::Metrics;
use crate::order::lanes::Lanes;
use crate::receive::gate::Gate;
use crate::receive::poll_limiter::PollLimiter;
use crate::settings::Settings;
use crate::stats::Stats;
use crate::trouble::Trouble;
use crate::verdict::Unavailable;
use crate::work::blame::Blame;

pub(crate) mod cached;
mod families;
mod gather;
mod health;
mod history;
mod startup;
mod status;

pub(crate) use cached::Cached;
pub use families::{Families, Family, MICROS, Point, SYSTEM, Value};
pub use health::{Check, State};
use history::{History, Sample};
pub use startup::Startup;
pub use status::{BreakerStatus, Cost, InFlight, Lag, Pool, QueueDepth, Rate, Rates, Status, Totals};

/// Between two samples.
const SECOND: Duration = Duration::from_secs(1);
/// Without a sample for this long, the process itself was stopped for a while.
const SLEPT: Duration = Duration::from_secs(5);

/// Shows a pipeline, and pauses it.
#[derive(Debug)]
pub struct Monitor {
    pub(crate) view: View,
    began: (Instant, SystemTime),
    watched: Mutex<Watched>,
}

/// What it sees.
pub(crate) struct View {
    pub(crate) queue: String,
    pub(crate) dead_letter_queue: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) stats: Arc<Stats>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) gate: Gate,
    pub(crate) polls: Arc<PollLimiter>,
    pub(crate) blame: Arc<Blame>,
    /// With changes of visibility.
    pub(crate) changes: Arc<Trouble>,
    /// With sending to the dead-letter queue.
    pub(crate) dead_letters: Arc<Trouble>,
    pub(crate) capacity: Capacity,
    /// Cancelled when the drain begins.
    pub(crate) stop: CancellationToken,
    /// How many deliveries wait for a worker.
    pub(crate) waiting: Box<dyn Fn() -> usize + Send + Sync>,
    /// How many the queue is being told of.
    pub(crate) settling: Arc<AtomicUsize>,
    pub(crate) backend: Box<dyn Fn() -> Option<Backend> + Send + Sync>,
    pub(crate) depth: Cached<Option<Depth>>,
    pub(crate) look: Cached<Result<(), Unavailable>>,
}

/// What watching has found out.
#[derive(Debug)]
struct Watched {
    at: Instant,
    /// When something last explained that nobody polled.
    excused: Instant,
    history: History,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Monitor {
    pub(crate) fn new(view: View) -> Self {
        let now = Instant::now();
        let watched = Watched { at: now, excused: now, history: History::new(view.sample()) };
        Self { view, began: (now, SystemTime::now()), watched: Mutex::new(watched) }
    }

    /// Looks every second, which rates and [`live`](Self::live) live on. Ends when dropped.
    pub async fn watch(&self) {
        let mut seconds = interval(SECOND);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            seconds.tick().await;
            self.look();
        }
    }

    /// The queue's name; empty where the queue has none.
    pub fn queue_name(&self) -> &str {
        &self.view.queue
    }

    /// Stops receiving, until [`resume`](Self::resume). Polls that are open end by themselves, and
    /// what they bring is worked on. Returns whether that changed anything.
    pub fn pause(&self) -> bool {
        self.view.gate.pause.set(true)
    }

    /// Receives again. Returns whether that changed anything.
    pub fn resume(&self) -> bool {
        self.view.gate.pause.set(false)
    }

    /// How long open polls may still take.
    pub(crate) fn polls_left(&self) -> Duration {
        let began = self.view.metrics.polling.newest();
        began.map_or(Duration::ZERO, |began| self.view.settings.wait_time.saturating_sub(began.elapsed()))
    }

    /// Takes things to be meant as they are: messages that are held because it is not certain that
    /// they are at fault are rejected, until one succeeds, and groups that stand still behind a reject go
    /// on. Returns whether any were held for that.
    pub fn accept_rejects(&self) -> bool {
        let held = self.view.lanes.accept_rejects() > 0;
        self.view.blame.accept() || held
    }

    fn look(&self) {
        let (excused, sample) = (self.excuse().is_some(), self.view.sample());
        let mut watched = self.watched();
        if excused || watched.at.elapsed() > SLEPT {
            watched.excused = sample.at;
        }
        watched.at = sample.at;
        watched.history.push(sample);
    }

    /// When something last explained that nobody polled. While nobody looked, anything may have.
    fn excused(&self) -> Instant {
        let watched = self.watched();
        if watched.at.elapsed() > SLEPT { Instant::now() } else { watched.excused }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().expect("nobody panics while holding it")
    }

    /// How long `depth` would keep this consumer busy.
    pub(crate) fn backlog(&self, depth: Depth) -> Option<Duration> {
        self.watched().history.time_for(depth.waiting + depth.in_flight)
    }

    /// When it began, in the clock's time.
    pub(crate) fn began(&self) -> SystemTime {
        self.began.1
    }
}

impl View {
    /// Calls to SQS.
    pub(crate) fn requests(&self) -> u64 {
        self.metrics.requests(&self.stats).iter().map(|(_, count)| count).sum()
    }

    fn sample(&self) -> Sample {
        let Stats { received, stored, deleted, .. } = &*self.stats;
        Sample {
            at: Instant::now(),
            received: received.get(),
            stored: stored.get(),
            deleted: deleted.get(),
            lag: self.metrics.lag.snapshot(),
        }
    }
}
