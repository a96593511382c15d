//! Everything that is to be seen of a run, at one moment.

use serde::Serialize;

use super::{Check, State};
use crate::stats::Counts;

/// A run at one moment. Times are in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// In a word.
    pub state: State,
    /// What was looked at for that.
    pub checks: Vec<Check>,
    /// The queue's name.
    pub queue: String,
    /// Its dead-letter queue's.
    pub dead_letter_queue: Option<String>,
    /// Of this program.
    pub version: &'static str,
    /// Since it began.
    pub uptime: f64,
    /// Whether receiving is paused, whatever else is the matter.
    pub paused: bool,
    /// Messages a second.
    pub rates: Rates,
    /// From sending to row, in the last minute.
    pub lag: Lag,
    /// Since the start.
    pub totals: Totals,
    /// Dead letters since the start, by reason.
    pub dead_letters: Counts,
    /// Tried again since the start, by what was in the way.
    pub retried: Counts,
    /// What is on loan.
    pub in_flight: InFlight,
    /// Receives under way, and how many there may be.
    pub polls: [usize; 2],
    /// Receives that there would be now if nothing held them back: more while answers are full, one
    /// while the queue is empty.
    pub polls_wanted: usize,
    /// The breaker since the start.
    pub breaker: BreakerStatus,
    /// Why messages are held that were refused; `None`: none are. An operator may accept it.
    pub held_for_rejects: Option<String>,
    /// What SQS charges for.
    pub cost: Cost,
    /// What the queue says; `None`: it does not.
    pub depth: Option<QueueDepth>,
    /// The database's connections.
    pub pool: Option<Pool>,
}

/// Messages a second: now, and each of the last two minutes' seconds, the last one last.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "as in `Totals`")]
pub struct Rates {
    pub received: Rate,
    pub stored: Rate,
    pub deleted: Rate,
}

/// One rate.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// Over the last ten seconds.
    pub now: f64,
    /// Second by second.
    pub seconds: Vec<u64>,
}

/// `None` where there was no message.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(missing_docs, reason = "quantiles are known by their names")]
pub struct Lag {
    pub p50: Option<f64>,
    pub p99: Option<f64>,
}

/// As [`Stats`](crate::stats::Stats) has them.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(missing_docs, reason = "named and documented in `Stats`")]
pub struct Totals {
    pub received: u64,
    pub stored: u64,
    pub duplicates: u64,
    pub filtered: u64,
    pub deleted: u64,
    pub released: u64,
    pub dead_lettered: u64,
    pub leases_extended: u64,
    pub leases_lost: u64,
}

/// What is on loan.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct InFlight {
    /// Received and not yet settled.
    pub messages: usize,
    /// The most of them.
    pub limit: usize,
    /// Those among them that wait for a worker.
    pub waiting: usize,
    /// Those that wait for one before them, of their group or with their key.
    pub in_order: usize,
    /// Those that are done with, and of which the queue is being told.
    pub settling: usize,
    /// Of their bodies.
    pub bytes: usize,
}

/// The breaker since the start.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BreakerStatus {
    /// Whether it is open.
    pub open: bool,
    /// How often it opened.
    pub opened: u64,
    /// How long it was open in all.
    pub seconds: f64,
}

/// What SQS charges for, since the start.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Calls.
    pub requests: u64,
    /// For each deleted message; `None` before the first.
    pub requests_per_message: Option<f64>,
    /// For a million messages.
    pub dollars_per_million: Option<f64>,
}

/// The queue's own numbers, as SQS approximates them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct QueueDepth {
    /// To be received.
    pub waiting: u64,
    /// Held by any consumer.
    pub in_flight: u64,
    /// Not to be received yet.
    pub delayed: u64,
    /// Age of the oldest, as this consumer saw it come in.
    pub oldest: f64,
    /// How long this consumer alone would need for what waits and is in flight; `None` before it
    /// has worked.
    pub backlog: Option<f64>,
}

/// The database's connections.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(missing_docs, reason = "named and documented in `Connections`")]
pub struct Pool {
    pub limit: usize,
    pub size: usize,
    pub in_use: usize,
    pub waiting: usize,
}
