//! What the stages share, and how each is given its share.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::breaker::Breaker;
use crate::capacity::Capacity;
use crate::channel;
use crate::delivery::Settlement;
use crate::handler::Handler;
use crate::lease::Leases;
use crate::pause::Pause;
use crate::polls::Polls;
use crate::progress::Progress;
use crate::queue::Queue;
use crate::receiver::Receiver;
use crate::worker::Worker;

/// What the stages share.
pub(super) struct Parts<Q, H> {
    pub(super) queue: Arc<Q>,
    pub(super) handler: Arc<H>,
    pub(super) settings: Settings,
    pub(super) progress: Arc<Progress>,
    pub(super) leases: Arc<Leases>,
    pub(super) breaker: Arc<Breaker>,
    pub(super) pause: Arc<Pause>,
    polls: Arc<Polls>,
    pub(super) capacity: Capacity,
    pub(super) stop: CancellationToken,
    pub(super) last_call: CancellationToken,
}

impl<Q: Queue, H: Handler> Parts<Q, H> {
    pub(super) fn new(queue: Arc<Q>, handler: Arc<H>, settings: Settings) -> Self {
        Self {
            queue,
            handler,
            settings,
            progress: Arc::new(Progress::new(Arc::default(), settings.show_bodies)),
            leases: Leases::new(settings.visibility_timeout),
            breaker: Breaker::new(),
            pause: Pause::new(),
            polls: Polls::new(settings.receivers),
            capacity: Capacity::new(settings.max_in_flight),
            stop: CancellationToken::new(),
            last_call: CancellationToken::new(),
        }
    }

    pub(super) fn receiver(&self, id: usize, deliveries: channel::Sender) -> Receiver<Q> {
        Receiver {
            id,
            queue: self.queue.clone(),
            polls: self.polls.clone(),
            breaker: self.breaker.clone(),
            pause: self.pause.clone(),
            capacity: self.capacity.clone(),
            leases: self.leases.clone(),
            progress: self.progress.clone(),
            deliveries,
            linger: self.settings.poll_linger,
            stop: self.stop.clone(),
        }
    }

    pub(super) fn worker(
        &self,
        id: usize,
        deliveries: channel::Receiver,
        settlements: mpsc::Sender<Vec<Settlement>>,
    ) -> Worker<H> {
        Worker {
            id,
            handler: self.handler.clone(),
            breaker: self.breaker.clone(),
            limits: self.settings.batch,
            progress: self.progress.clone(),
            deliveries,
            settlements,
            last_call: self.last_call.clone(),
            max_receive_count: self.queue.max_receive_count(),
            next: None,
        }
    }
}
