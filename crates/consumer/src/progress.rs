//! What the log shows of the work: a line a batch, and where that would be too many, sums.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::delivery::Delivery;
use crate::handler::Verdict;
use crate::stats::Stats;

/// Lines of detail in a second; what comes after them is summed up in one line.
const LINES: u32 = 10;

/// Counts and tells.
#[derive(Debug)]
pub(crate) struct Progress {
    stats: Arc<Stats>,
    show_bodies: bool,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    lines: u32,
    received: u64,
    stored: u64,
}

impl Progress {
    /// Counts into `stats`; bodies are shown, escaped, only on demand.
    pub(crate) fn new(stats: Arc<Stats>, show_bodies: bool) -> Self {
        let window = Window { began: Instant::now(), lines: 0, received: 0, stored: 0 };
        Self { stats, show_bodies, window: Mutex::new(window) }
    }

    pub(crate) fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// A receiver got an answer.
    pub(crate) fn retrieved(&self, receiver: usize, messages: usize) {
        self.stats.received.add(messages);
        if messages > 0 && self.may_tell() {
            tracing::info!(receiver, messages, "retrieved");
        }
    }

    /// A worker has had a batch handled.
    pub(crate) fn handled(&self, worker: usize, batch: &[Delivery], verdicts: &[Verdict]) {
        let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|v| wanted(v)).count();
        let stored = count(|v| matches!(v, Verdict::Done));
        let duplicates = count(|v| matches!(v, Verdict::Duplicate));
        self.stats.stored.add(stored);
        self.stats.duplicates.add(duplicates);
        if self.may_tell() {
            tracing::info!(worker, messages = stored, duplicates, first = %batch[0].message.id, "stored");
        }
        for (delivery, verdict) in batch.iter().zip(verdicts) {
            self.tell(worker, delivery, verdict);
        }
    }

    fn tell(&self, worker: usize, delivery: &Delivery, verdict: &Verdict) {
        let message = &delivery.message;
        match verdict {
            Verdict::Done if self.show_bodies => {
                tracing::info!(worker, message.id = %message.id, body = ?message.body, "stored");
            }
            Verdict::Done | Verdict::Duplicate => {}
            Verdict::Retry(why) | Verdict::Reject(why) => tracing::warn!(
                worker,
                message.id = %message.id,
                receive_count = message.receive_count,
                reason = why.reason,
                "not stored"
            ),
        }
    }

    /// Whether a line of detail may be written now. The first one of a second in which lines were
    /// held back is preceded by their sum.
    fn may_tell(&self) -> bool {
        let mut window = self.window.lock().expect("nobody panics while holding the window");
        let elapsed = window.began.elapsed();
        if elapsed >= Duration::from_secs(1) {
            let (received, stored) = (self.stats.received.get(), self.stats.stored.get());
            if window.lines > LINES {
                let (received, stored) = (received - window.received, stored - window.stored);
                tracing::info!(received, stored, "in the last {:.1} s", elapsed.as_secs_f64());
            }
            *window = Window { began: Instant::now(), lines: 0, received, stored };
        }
        window.lines += 1;
        window.lines <= LINES
    }
}
