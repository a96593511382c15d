//! How much of everything the pipeline may use.

use std::fmt;
use std::time::Duration;

use humantime::format_duration;

use crate::worker::BatchLimits;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most polls that are open at once.
    pub receivers: usize,
    /// Batches that are handled at once.
    pub workers: usize,
    /// Messages on loan from the queue at once.
    pub max_in_flight: usize,
    /// How large a batch may get.
    pub batch: BatchLimits,
    /// How long a lease lasts: what the queue was asked for at each receive.
    pub visibility_timeout: Duration,
    /// How long an idle poll lasts.
    pub wait_time: Duration,
    /// How long after an answer that is not full its receiver polls again, for a fuller one.
    pub poll_linger: Duration,
    /// After so many rejects in a row, with nothing done in between and no [`Witness`] that could
    /// be asked, work stops; 0: never.
    ///
    /// [`Witness`]: crate::handler::Witness
    pub reject_limit: usize,
    /// From the wish to stop to the end; more than `wait_time`.
    pub shutdown_grace: Duration,
    /// Whether bodies may be logged.
    pub show_bodies: bool,
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { receivers, workers, max_in_flight, .. } = self;
        let [wait, lease] = [self.wait_time, self.visibility_timeout].map(format_duration);
        write!(f, "up to {receivers} receivers, {workers} workers, {max_in_flight} in flight, ")?;
        write!(f, "{} rows a batch, polls of {wait}, leases of {lease}", self.batch.rows)
    }
}
