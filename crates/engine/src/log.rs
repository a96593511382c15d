//! What the log shows of the work: a line a batch, and where that would be too many, their sum.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::message::Message;
use tokio::time::Instant;

use crate::delivery::Delivery;
use crate::stats::{Counter, Stats};
use crate::trace;
use crate::verdict::Verdict;

/// Lines of one kind in a second; what comes after them is summed up.
const LINES: u32 = 10;

/// Counts and tells.
#[derive(Debug)]
pub(crate) struct Progress {
    stats: Arc<Stats>,
    show_bodies: bool,
    retrieved: Lines,
    stored: Lines,
}

impl Progress {
    /// Counts into `stats`; bodies are shown, escaped, only on demand.
    pub(crate) fn new(stats: Arc<Stats>, show_bodies: bool) -> Self {
        let (retrieved, stored) = (Lines::new("retrieved"), Lines::new("stored"));
        Self { stats, show_bodies, retrieved, stored }
    }

    pub(crate) fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// A receiver got an answer.
    pub(crate) fn retrieved(&self, receiver: usize, messages: usize) {
        self.stats.received.add(messages);
        if self.retrieved.allow(&self.stats.received) {
            tracing::info!(receiver, messages, "retrieved");
        }
    }

    /// A worker has had a batch handled.
    pub(crate) fn handled(&self, worker: usize, batch: &[Delivery], verdicts: &[Verdict]) {
        let judged = || batch.iter().zip(verdicts);
        let stored = judged().filter(|(delivery, verdict)| is_stored(delivery, verdict)).count();
        let done = verdicts.iter().filter(|verdict| is_done(verdict)).count();
        self.stats.stored.add(stored);
        self.stats.duplicates.add(done - stored);
        self.stats.filtered.add(verdicts.iter().filter(|verdict| **verdict == Verdict::Filtered).count());
        if done > 0 && !self.show_bodies && self.stored.allow(&self.stats.stored) {
            let first = batch[0].message.id;
            tracing::info!(worker, messages = stored, duplicates = done - stored, %first, "stored");
        }
        for (delivery, verdict) in judged() {
            self.tell(worker, &delivery.message, verdict);
        }
    }

    fn tell(&self, worker: usize, message: &Message, verdict: &Verdict) {
        match verdict {
            Verdict::Done if self.show_bodies && self.stored.allow(&self.stats.stored) => {
                tracing::info!(worker, message.id = %message.id, body = ?message.body, "stored");
            }
            Verdict::Done
            | Verdict::Duplicate
            | Verdict::Filtered
            | Verdict::Behind
            | Verdict::Unavailable(_) => {}
            Verdict::Retry(why, _) | Verdict::Reject(why) => {
                let (receive_count, reason) = (message.receive_count, why.reason());
                let _inside = trace::enter(message);
                tracing::warn!(worker, message.id = %message.id, receive_count, reason, "not stored");
            }
        }
    }
}

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Done | Verdict::Duplicate)
}

/// What was there already is what an earlier try had stored, if there was one without an answer.
fn is_stored(delivery: &Delivery, verdict: &Verdict) -> bool {
    *verdict == Verdict::Done || *verdict == Verdict::Duplicate && delivery.was_tried
}

/// Lines of one kind.
#[derive(Debug)]
struct Lines {
    what: &'static str,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    lines: u32,
    messages: u64,
}

impl Lines {
    fn new(what: &'static str) -> Self {
        let window = Window { began: Instant::now(), lines: 0, messages: 0 };
        Self { what, window: Mutex::new(window) }
    }

    /// Whether one more may be written. The first after a second in which some were held back is
    /// preceded by how many messages `total` grew by.
    fn allow(&self, total: &Counter) -> bool {
        let mut window = self.window.lock().expect("nobody panics while holding the window");
        let elapsed = window.began.elapsed();
        if elapsed >= Duration::from_secs(1) {
            if window.lines > LINES {
                let messages = total.get() - window.messages;
                tracing::info!(messages, "{} in the last {:.1} s", self.what, elapsed.as_secs_f64());
            }
            *window = Window { began: Instant::now(), lines: 0, messages: total.get() };
        }
        window.lines += 1;
        window.lines <= LINES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_few_lines_a_second_are_written_and_no_more() {
        let (lines, total) = (Lines::new("stored"), Counter::default());
        let written = || (0..1_000).filter(|_| lines.allow(&total)).count();
        assert_eq!(written(), LINES as usize);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(written(), LINES as usize);
    }
}
