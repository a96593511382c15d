//! The only file that knows the order: builds the stages, starts them, and drains them.
//!
//! Shutdown goes by ownership. Receivers are told to stop; every later stage ends when its input
//! does; the heartbeat goes on until everything is settled.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::breaker::Breaker;
use crate::delivery::Settlement;
use crate::handler::Handler;
use crate::lease::ledger::Leases;
use crate::metrics::{Metered, Metrics};
use crate::monitor::Monitor;
use crate::order::lanes::Lanes;
use crate::queue::Queue;
use crate::stats::Stats;
use crate::work::channel;
use crate::work::guarded::Guarded;
use crate::work::worker::give_back;
use crate::{failpoint, trace};
use stage::Stage;
pub use stage::TaskFailed;

mod parts;
mod refresh;
mod report;
mod stage;
mod view;

pub use crate::order::key::Key;
pub use crate::settings::Settings;
use parts::Parts;
pub use report::Report;

/// Runs until `shutdown` ends, then drains.
///
/// # Errors
/// Where a stage panicked. What could be drained was.
pub async fn run<Q: Queue, H: Handler>(
    queue: Arc<Q>,
    handler: Arc<H>,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<Report, TaskFailed> {
    Pipeline::start(queue, handler, settings).until(shutdown).await
}

/// A pipeline that runs. Dropped, it ends on the spot.
#[derive(Debug)]
pub struct Pipeline {
    settings: Settings,
    monitor: Arc<Monitor>,
    stats: Arc<Stats>,
    leases: Arc<Leases>,
    lanes: Arc<Lanes>,
    breaker: Arc<Breaker>,
    stop: CancellationToken,
    last_call: CancellationToken,
    receivers: Stage,
    workers: Stage,
    keeper: Stage,
    batcher: Stage,
    settlers: Stage,
    keepers: Stage,
    deliveries: channel::Receiver,
    settlements: Option<mpsc::Sender<Vec<Settlement>>>,
}

impl Pipeline {
    /// Starts to work.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start<Q: Queue, H: Handler>(queue: Arc<Q>, handler: Arc<H>, settings: Settings) -> Self {
        Self::start_by(None, queue, handler, settings)
    }

    /// Starts to work; of messages with the same `key` one at a time is worked on in this process. On a
    /// FIFO queue the key is not asked for: there groups have an order.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start_by<Q: Queue, H: Handler>(
        key: Option<Key>,
        queue: Arc<Q>,
        handler: Arc<H>,
        settings: Settings,
    ) -> Self {
        let metrics = Metrics::new();
        let (queue, handler) = trace::around(queue, handler);
        let queue = Metered::new(queue, metrics.clone());
        let handler = Guarded::new(Metered::new(handler, metrics.clone()));
        let (to_workers, deliveries) = channel::channel(settings.batch);
        let (to_batcher, settlements) = mpsc::channel(settings.workers);
        let (parts, returned) = Parts::new(queue, handler, settings, key, to_workers);
        let settling = Arc::<AtomicUsize>::default();
        let view = parts.view(metrics, deliveries.waiting(), settling.clone());
        let monitor = Arc::new(Monitor::new(view));
        let (calls, to_settle) = async_channel::bounded(1);
        let batcher = parts.batcher(settlements, calls, settling.clone());
        // As many as receivers: each takes one call's time for what a poll brings in one call's time.
        let settlers =
            (0..settings.receivers).map(|_| parts.settler(to_settle.clone(), settling.clone()).run());
        let receivers = (1..=settings.receivers).map(|id| parts.receiver(id).run());
        let workers =
            (1..=settings.workers).map(|id| parts.worker(id, deliveries.clone(), to_batcher.clone()).run());
        Self {
            receivers: Stage::of("receiver", receivers),
            workers: Stage::of("worker", workers),
            keeper: Stage::of("lanes", [parts.lane_keeper(returned, to_batcher.clone()).run()]),
            batcher: Stage::of("batcher", [batcher.run()]),
            settlers: Stage::of("settler", settlers),
            keepers: Stage::of("heartbeat", [parts.heartbeat().run()])
                .and(parts.trial_keeper(deliveries.waiting()).run())
                .and(refresh::refresh(parts.queue.clone()))
                .and(parts.leases.clone().watch()),
            settings,
            monitor,
            stats: parts.progress.stats().clone(),
            leases: parts.leases,
            lanes: parts.lanes,
            breaker: parts.gate.breaker,
            stop: parts.stop,
            last_call: parts.last_call,
            deliveries,
            settlements: Some(to_batcher),
        }
    }

    /// Shows the run to others, and lets them pause it.
    pub fn monitor(&self) -> Arc<Monitor> {
        self.monitor.clone()
    }

    /// Runs until `shutdown` ends, then drains.
    ///
    /// # Errors
    /// Where a stage panicked. What could be drained was.
    pub async fn until(mut self, shutdown: impl Future<Output = ()>) -> Result<Report, TaskFailed> {
        let broken = tokio::select! {
            () = shutdown => None,
            broken = self.broken() => Some(broken),
        };
        let report = self.drain().await?;
        match broken {
            Some(broken) => Err(broken),
            None => Ok(report),
        }
    }

    /// Ends when a stage does, which before the drain none should.
    async fn broken(&mut self) -> TaskFailed {
        tokio::select! {
            broken = self.receivers.broken() => broken,
            broken = self.workers.broken() => broken,
            broken = self.keeper.broken() => broken,
            broken = self.batcher.broken() => broken,
            broken = self.settlers.broken() => broken,
            broken = self.keepers.broken() => broken,
        }
    }

    /// Lets open polls end and what was received be finished; what cannot be is given back.
    async fn drain(mut self) -> Result<Report, TaskFailed> {
        let settings = self.settings;
        let deadline = Instant::now() + settings.shutdown_grace;
        // Half of what the longest poll leaves of the grace is for settling.
        let last_call = deadline - settings.shutdown_grace.saturating_sub(settings.wait_time) / 2;
        let (in_flight, polls) = (self.leases.held(), self.monitor.polls_left().as_secs());
        tracing::info!(
            in_flight,
            "stopping: open polls end by themselves within {polls} s, what was received is finished"
        );
        self.stop.cancel();
        failpoint::enter("during-drain");
        let settled = self.settle_all(last_call);
        let settled = timeout_at(deadline, settled).await;
        let open_polls = self.receivers.running();
        let (left, undeleted) = (self.leases.held(), self.leases.undeleted());
        let report = Report { left, undeleted, open_polls, stats: self.stats };
        settled.unwrap_or(Ok(()))?;
        Ok(report)
    }

    async fn settle_all(&mut self, last_call: Instant) -> Result<(), TaskFailed> {
        let received = timeout_at(last_call, self.receivers.ended()).await.unwrap_or(Ok(()));
        self.lanes.end();
        self.breaker.give_up();
        let in_time = timeout_at(last_call, self.workers.ended()).await;
        self.last_call.cancel();
        self.give_back().await;
        let handled = self.workers.ended().await.and(in_time.unwrap_or(Ok(())));
        self.settlements.take();
        let gathered = self.batcher.ended().await;
        self.settlers.ended().await.and(gathered).and(handled).and(received)
    }

    /// No worker starts on anything more: what waits for one is given back at once.
    async fn give_back(&self) {
        self.deliveries.close();
        let waiting = give_back(iter::from_fn(|| self.deliveries.try_recv()).flatten());
        if let Some(settlements) = &self.settlements
            && !waiting.is_empty()
        {
            settlements.send(waiting).await.ok();
        }
        self.lanes.give_up();
    }
}
