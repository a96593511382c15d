//! Tells a queue that still changes from one that is stuck, and says what is left in it.

use std::time::Duration;

use shared::message::Message;
use tokio::time::Instant;

use super::fake::FakeQueue;
use super::observed::Notes;
use super::run::STUCK;
use crate::verdict::Verdict;

/// A message that is hidden for longer than this is not held by a worker: it waits for its retry.
const HELD: Duration = Duration::from_mins(10);

/// What changed last, and when.
#[derive(Debug)]
pub(super) struct Progress {
    at: Instant,
    state: (usize, usize, u32),
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { at: Instant::now(), state: (0, 0, 0) }
    }

    /// Pauses before the next look, the longer the longer nothing changed.
    pub(super) fn pause(&self) -> Duration {
        (self.at.elapsed() / 2).max(Duration::from_millis(500))
    }

    /// # Panics
    /// Where nothing changed for two hours, and no message waits for a retry that is later.
    pub(super) fn look(&mut self, queue: &FakeQueue, notes: &Notes) {
        let left = queue.messages();
        let receives = left.iter().map(|(message, _)| message.receive_count).sum();
        let state = (left.len(), notes.said().answered, receives);
        let now = Instant::now();
        if state != self.state || left.iter().any(|(_, visible)| *visible > now + HELD) {
            (self.at, self.state) = (now, state);
        }
        assert!(now < self.at + STUCK, "{}", stuck(queue, notes));
    }
}

/// Says what is left, and what was last said of it.
fn stuck(queue: &FakeQueue, notes: &Notes) -> String {
    let left: Vec<_> = queue.messages().iter().map(|(message, _)| describe(message, notes)).collect();
    format!("stuck: {} of the messages are never done:\n{}", left.len(), left.join("\n"))
}

fn describe(message: &Message, notes: &Notes) -> String {
    let said = notes.said();
    let last = match said.of.get(&message.id).and_then(|about| about.last.as_ref()) {
        None => "the job never ended".to_owned(),
        Some(Verdict::Unavailable(error)) => format!("the job said last: unavailable ({error})"),
        Some(Verdict::Retry(rejection, _)) => format!("the job said last: retry ({})", rejection.reason()),
        Some(verdict) => format!("the job said last: {verdict:?}"),
    };
    format!("  {:?}, received {} times, {last}", message.body, message.receive_count)
}
