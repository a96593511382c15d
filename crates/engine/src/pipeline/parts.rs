//! What the stages share, and how each is given its share.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::breaker::{Breaker, Work};
use crate::delivery::Settlement;
use crate::handler::Handler;
use crate::lease::capacity::Capacity;
use crate::lease::groups::Groups;
use crate::lease::ledger::Leases;
use crate::log::Progress;
use crate::order::keeper::LaneKeeper;
use crate::order::key::{Key, by_group, by_key};
use crate::order::lanes::{Lanes, Rules};
use crate::queue::Queue;
use crate::receive::gate::Gate;
use crate::receive::pause::Pause;
use crate::receive::poll_limiter::PollLimiter;
use crate::receive::receiver::Receiver;
use crate::receive::trial_poll::{TrialKeeper, TrialPolls};
use crate::settings::Settings;
use crate::settle::batcher::SettlementBatcher;
use crate::settle::heartbeat::Heartbeat;
use crate::settle::settler::{Call, Settler};
use crate::trouble::Trouble;
use crate::work::blame::Blame;
use crate::work::channel;
use crate::work::panics::Panics;
use crate::work::timeouts::Timeouts;
use crate::work::worker::Worker;

/// What the stages share.
pub(super) struct Parts<Q, H> {
    pub(super) queue: Arc<Q>,
    pub(super) handler: Arc<H>,
    pub(super) settings: Settings,
    pub(super) progress: Arc<Progress>,
    pub(super) leases: Arc<Leases>,
    pub(super) lanes: Arc<Lanes>,
    pub(super) groups: Arc<Groups>,
    pub(super) gate: Gate,
    pub(super) blame: Arc<Blame>,
    timeouts: Arc<Timeouts>,
    panics: Arc<Panics>,
    /// With changes of visibility.
    pub(super) changes: Arc<Trouble>,
    /// With sending to the dead-letter queue.
    pub(super) dead_letters: Arc<Trouble>,
    pub(super) polls: Arc<PollLimiter>,
    pub(super) capacity: Capacity,
    pub(super) stop: CancellationToken,
    pub(super) last_call: CancellationToken,
}

impl<Q: Queue, H: Handler> Parts<Q, H> {
    /// What may begin goes to `workers`.
    pub(super) fn new(
        queue: Arc<Q>,
        handler: Arc<H>,
        settings: Settings,
        key: Option<Key>,
        workers: channel::Sender,
    ) -> (Self, mpsc::UnboundedReceiver<Vec<Settlement>>) {
        let (lanes, returned) = Lanes::new(rules(&*queue, &*handler, settings, key), workers);
        let stop = CancellationToken::new();
        let parts = Self {
            queue,
            handler,
            settings,
            progress: Arc::new(Progress::new(Arc::default(), settings.show_bodies)),
            leases: Leases::new(settings.visibility_timeout, stop.clone()),
            lanes,
            groups: Arc::default(),
            gate: Gate {
                pause: Pause::new(),
                breaker: Breaker::new(Work::Handle),
                deletes: Breaker::new(Work::Delete),
                trials: TrialPolls::new(),
            },
            blame: Blame::new(settings.reject_limit),
            timeouts: Timeouts::new(settings.workers.min(settings.max_in_flight)),
            panics: Panics::new(),
            changes: Arc::new(Trouble::new("changing visibility timeouts")),
            dead_letters: Arc::new(Trouble::new("sending to the dead-letter queue")),
            polls: PollLimiter::new(settings.receivers, !settings.poll_linger.is_zero()),
            capacity: Capacity::new(settings.max_in_flight, settings.max_bytes),
            stop,
            last_call: CancellationToken::new(),
        };
        (parts, returned)
    }

    pub(super) fn receiver(&self, id: usize) -> Receiver<Q> {
        Receiver {
            id,
            queue: self.queue.clone(),
            polls: self.polls.clone(),
            gate: self.gate.clone(),
            capacity: self.capacity.clone(),
            leases: self.leases.clone(),
            progress: self.progress.clone(),
            lanes: self.lanes.clone(),
            groups: self.groups.clone(),
            most_of_group: self.settings.max_in_flight_per_group.filter(|_| !self.queue.is_fifo()),
            linger: self.settings.poll_linger,
            stop: self.stop.clone(),
        }
    }

    pub(super) fn worker(
        &self,
        id: usize,
        deliveries: channel::Receiver,
        settlements: mpsc::Sender<Vec<Settlement>>,
    ) -> Worker<Q, H> {
        Worker {
            id,
            queue: self.queue.clone(),
            handler: self.handler.clone(),
            breaker: self.gate.breaker.clone(),
            blame: self.blame.clone(),
            timeouts: self.timeouts.clone(),
            panics: self.panics.clone(),
            handler_timeout: self.settings.handler_timeout,
            limits: self.settings.batch,
            on_reject: self.settings.fifo_on_reject,
            goes_on: self.handler.sequence(),
            lanes: self.lanes.clone(),
            progress: self.progress.clone(),
            deliveries,
            settlements,
            last_call: self.last_call.clone(),
            hand: Vec::new(),
            is_unavailable: false,
        }
    }

    pub(super) fn batcher(
        &self,
        settlements: mpsc::Receiver<Vec<Settlement>>,
        calls: async_channel::Sender<Call>,
        settling: Arc<AtomicUsize>,
    ) -> SettlementBatcher {
        let (leases, lanes) = (self.leases.clone(), self.lanes.clone());
        SettlementBatcher { leases, lanes, settlements, calls, settling }
    }

    pub(super) fn settler(
        &self,
        calls: async_channel::Receiver<Call>,
        settling: Arc<AtomicUsize>,
    ) -> Settler<Q> {
        Settler {
            queue: self.queue.clone(),
            stats: self.progress.stats().clone(),
            lanes: self.lanes.clone(),
            calls,
            settling,
            deletes: self.gate.deletes.clone(),
            changes: self.changes.clone(),
            dead_letters: self.dead_letters.clone(),
        }
    }

    pub(super) fn lane_keeper(
        &self,
        returned: mpsc::UnboundedReceiver<Vec<Settlement>>,
        settlements: mpsc::Sender<Vec<Settlement>>,
    ) -> LaneKeeper {
        LaneKeeper {
            lanes: self.lanes.clone(),
            leases: self.leases.clone(),
            capacity: self.capacity.clone(),
            max_in_flight: self.settings.max_in_flight,
            returned,
            settlements,
        }
    }

    pub(super) fn heartbeat(&self) -> Heartbeat<Q> {
        Heartbeat {
            queue: self.queue.clone(),
            leases: self.leases.clone(),
            stats: self.progress.stats().clone(),
            trouble: self.changes.clone(),
        }
    }

    pub(super) fn trial_keeper(&self, waiting: Arc<AtomicUsize>) -> TrialKeeper<H> {
        TrialKeeper {
            handler: self.handler.clone(),
            breaker: self.gate.breaker.clone(),
            leases: self.leases.clone(),
            polls: self.gate.trials.clone(),
            waiting,
        }
    }
}

/// On a queue with an order its groups have one; elsewhere one at a time of each key is worked on.
fn rules<Q: Queue, H: Handler>(queue: &Q, handler: &H, settings: Settings, key: Option<Key>) -> Rules {
    let (keeps_order, sequence) = (queue.is_fifo(), handler.sequence());
    let lane_of = if keeps_order { by_group() } else { by_key(key) };
    Rules { lane_of, keeps_order, sequence, limits: settings.batch }
}
