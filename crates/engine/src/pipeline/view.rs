//! What a monitor sees of the parts, and how it asks those that have to be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::parts::Parts;
use crate::depth::Depth;
use crate::handler::Handler;
use crate::metrics::Metrics;
use crate::monitor::View;
use crate::monitor::cached::Cached;
use crate::queue::Queue;
use crate::verdict::Unavailable;

/// An answer of the queue is good for so long.
const KEPT: Duration = Duration::from_secs(10);
/// For one answer of the queue.
const PATIENCE: Duration = Duration::from_secs(4);
/// An answer of the database is good for so long, and may take so long: a database that dies or
/// freezes is noticed within their sum, and the time between two questions.
const LOOK_KEPT: Duration = Duration::from_millis(1_500);
const LOOK_PATIENCE: Duration = Duration::from_millis(2_500);

impl<Q: Queue, H: Handler> Parts<Q, H> {
    /// What a monitor sees of them.
    pub(super) fn view(
        &self,
        metrics: Arc<Metrics>,
        waiting: Arc<AtomicUsize>,
        settling: Arc<AtomicUsize>,
    ) -> View {
        let handler = self.handler.clone();
        View {
            queue: self.queue.name().unwrap_or_default().to_owned(),
            dead_letter_queue: self.queue.dead_letter_name(),
            settings: self.settings,
            stats: self.progress.stats().clone(),
            metrics,
            leases: self.leases.clone(),
            lanes: self.lanes.clone(),
            groups: self.groups.clone(),
            gate: self.gate.clone(),
            polls: self.polls.clone(),
            blame: self.blame.clone(),
            changes: self.changes.clone(),
            dead_letters: self.dead_letters.clone(),
            capacity: self.capacity.clone(),
            stop: self.stop.clone(),
            waiting: Box::new(move || waiting.load(Ordering::Relaxed)),
            settling,
            backend: Box::new(move || handler.backend()),
            depth: self.depth(),
            look: self.look(),
        }
    }

    fn depth(&self) -> Cached<Option<Depth>> {
        let queue = self.queue.clone();
        let ask = move || {
            let queue = queue.clone();
            async move { timeout(PATIENCE, queue.depth()).await.ok()?.ok().flatten() }
        };
        Cached::new(|_| KEPT, ask)
    }

    fn look(&self) -> Cached<Result<(), Unavailable>> {
        let handler = self.handler.clone();
        let ask = move || {
            let handler = handler.clone();
            async move { timeout(LOOK_PATIENCE, handler.look()).await.unwrap_or_else(|_| Err(silent())) }
        };
        Cached::new(|_| LOOK_KEPT, ask)
    }
}

fn silent() -> Unavailable {
    Unavailable::passing(format!("no answer within {:.1} s", LOOK_PATIENCE.as_secs_f64()))
}
