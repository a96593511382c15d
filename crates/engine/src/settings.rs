//! How much of everything the pipeline may use.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use humantime::format_duration;

use crate::batch::BatchLimits;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most polls that are open at once.
    pub receivers: usize,
    /// Batches that are handled at once.
    pub workers: usize,
    /// Messages on loan from the queue at once.
    pub max_in_flight: usize,
    /// Of these, messages of one group at once; `None`: any number. What is received beyond it is given
    /// back for a while, as long as it has more than half of its receives left. On a FIFO queue it has no
    /// meaning: there SQS hands out up to ten messages of a group.
    pub max_in_flight_per_group: Option<usize>,
    /// What a reject means for those behind it, on a FIFO queue.
    pub fifo_on_reject: OnReject,
    /// Bytes of messages on loan at once; a single answer may take more.
    pub max_bytes: usize,
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
    /// [`Witness`]: crate::verdict::Witness
    pub reject_limit: usize,
    /// How long a handler may take for a batch. One that takes longer is dropped, and its messages are
    /// handled again, one by one; a message alone is retried with the reason `timeout`.
    pub handler_timeout: Duration,
    /// From the wish to stop to the end; more than `wait_time`.
    pub shutdown_grace: Duration,
    /// Whether bodies may be logged.
    pub show_bodies: bool,
}

/// What becomes of a group when one of its messages is rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReject {
    /// The message is moved to the dead-letter queue, and the group goes on.
    #[default]
    GoOn,
    /// The message is held, and its group with it, until the reject is accepted. Then it is moved.
    Hold,
}

impl FromStr for OnReject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "go-on" => Ok(Self::GoOn),
            "hold" => Ok(Self::Hold),
            _ => Err("must be go-on or hold".into()),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { receivers, workers, max_in_flight, .. } = self;
        let [wait, lease] = [self.wait_time, self.visibility_timeout].map(format_duration);
        write!(f, "up to {receivers} receivers, {workers} workers, {max_in_flight} in flight, ")?;
        write!(f, "{} rows a batch, polls of {wait}, leases of {lease}", self.batch.rows)
    }
}

/// What each setting may be: from, to, both included.
pub mod range {
    use std::time::Duration;

    use shared::limits::{MAX_VISIBILITY_SECS, MAX_WAIT_SECS};

    /// Receivers of one queue.
    pub const RECEIVERS: (usize, usize) = (1, 256);
    /// Messages in flight.
    pub const MAX_IN_FLIGHT: (usize, usize) = (1, 100_000);
    /// Rejects in a row; 0: never.
    pub const REJECT_LIMIT: (usize, usize) = (0, 1_000_000);
    /// Seconds that a poll waits.
    pub const WAIT_SECS: (u64, u64) = (0, MAX_WAIT_SECS);
    /// Seconds of a lease. Fewer could not be extended in time.
    pub const VISIBILITY_SECS: (u64, u64) = (2, MAX_VISIBILITY_SECS);
    /// From an answer that is not full to the next poll.
    pub const POLL_LINGER: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(10));
    /// For a batch. SQS takes a message back 12 h after its receive.
    pub const HANDLER_TIMEOUT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(11));
    /// From the wish to stop to the end.
    pub const SHUTDOWN_GRACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));
}

/// What an open poll must leave of the grace for settling what it brings.
const SETTLE: Duration = Duration::from_secs(4);

/// How long polls wait: as `asked` for, unless a poll that was opened just before the end would
/// outlast the `grace`. Then as long as leaves time to settle, in whole seconds.
pub fn fitting_wait(asked: Duration, grace: Duration) -> Duration {
    let room = grace.saturating_sub(SETTLE.min(grace / 2));
    asked.min(Duration::from_secs(room.as_secs()))
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            receivers: 64,
            workers: 4,
            max_in_flight: 2_000,
            max_in_flight_per_group: None,
            fifo_on_reject: OnReject::GoOn,
            max_bytes: 32 << 20,
            batch: BatchLimits { rows: 100, bytes: 1 << 20 },
            visibility_timeout: Duration::from_secs(30),
            wait_time: Duration::from_secs(20),
            poll_linger: Duration::ZERO,
            reject_limit: 20,
            handler_timeout: Duration::from_mins(5),
            shutdown_grace: Duration::from_secs(25),
            show_bodies: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_never_outlasts_the_grace() {
        let wait =
            |asked, grace| fitting_wait(Duration::from_secs(asked), Duration::from_secs(grace)).as_secs();
        assert_eq!(wait(20, 25), 20);
        assert_eq!(wait(20, 10), 6);
        assert_eq!(wait(20, 1), 0);
        assert_eq!(wait(2, 25), 2);
    }
}
