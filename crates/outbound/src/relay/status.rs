//! A relay at one moment, as an admin server shows it.

use serde::Serialize;

use super::stats::RelayStats;

/// A relay at one moment. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RelayStatus {
    /// Messages in the outbox, all relays' alike, up to 100,000; `None` while the database does not say.
    pub waiting: Option<u64>,
    /// Since the first of them was published; `None` while the database does not say.
    pub oldest: Option<f64>,
    /// Messages that this relay has sent since its start.
    pub relayed: u64,
    /// Messages that SQS refuses: each stays, and its group with it.
    pub refused: u64,
    /// Queues that cannot be sent to at this moment.
    pub queues_paused: u64,
    /// Why the database does not give messages out, while it does not.
    pub trouble: Option<String>,
}

impl RelayStats {
    /// All that an admin server shows.
    pub fn status(&self) -> RelayStatus {
        let counts = self.counts();
        RelayStatus {
            waiting: counts.depth.map(|depth| depth.rows),
            oldest: counts.depth.map(|depth| depth.oldest.as_secs_f64()),
            relayed: counts.relayed,
            refused: counts.refused,
            queues_paused: counts.queues_paused,
            trouble: self.trouble(),
        }
    }
}
