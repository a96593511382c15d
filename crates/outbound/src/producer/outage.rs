//! Whether SQS is away, and how often to say so.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

const QUIET: Duration = Duration::from_secs(1);

/// How it goes with SQS, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It takes nothing, or not all, for this reason.
    Failing(String),
    /// It takes everything again, after so long.
    Back(Duration),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failing(reason) => write!(f, "SQS takes nothing, or not all: {reason}"),
            Self::Back(away) => write!(f, "SQS takes everything again after {:.1} s", away.as_secs_f64()),
        }
    }
}

/// Writes a notice to the log.
pub(super) fn log(notice: &Notice) {
    match notice {
        Notice::Failing(_) => tracing::warn!("{notice}"),
        Notice::Back(_) => tracing::info!("{notice}"),
    }
}

/// A time during which SQS takes nothing, or not all.
#[derive(Debug, Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    said: Option<Instant>,
}

impl Outage {
    /// A call failed. True where that is to be told, at most once a second.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        self.since.get_or_insert(now);
        let due = self.said.is_none_or(|said| now - said >= QUIET);
        if due {
            self.said = Some(now);
        }
        due
    }

    /// A call succeeded. How long SQS was away, if it was.
    pub(super) fn ended(&mut self, now: Instant) -> Option<Duration> {
        self.since.take().map(|since| now - since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_mentioned_once_a_second_and_its_end_once() {
        let (start, mut outage) = (Instant::now(), Outage::default());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(
            [0, 500, 999, 1_000, 1_999].map(|ms| outage.failed(at(ms))),
            [true, false, false, true, false]
        );
        assert_eq!(outage.ended(at(2_000)), Some(Duration::from_secs(2)));
        assert_eq!(outage.ended(at(2_001)), None);
    }

    #[test]
    fn an_outage_that_comes_and_goes_is_not_mentioned_more_often() {
        let (start, mut outage) = (Instant::now(), Outage::default());
        assert!(outage.failed(start));
        outage.ended(start);
        assert!(!outage.failed(start + QUIET / 2));
    }
}
