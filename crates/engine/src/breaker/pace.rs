//! How fast trials follow each other, and when the log says again that they fail.

use std::time::Duration;

use shared::backoff::Backoff;
use tokio::time::Instant;

/// Between two trials.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(3) };
/// Between two trials where the server answers, and only the answer is in doubt.
const DOUBT: Duration = Duration::from_millis(100);
/// Between two reminders in the log.
const REMIND: Duration = Duration::from_mins(1);
/// Closed for this long, the breaker was closed for good, and the backoff begins anew.
const STEADY: Duration = Duration::from_secs(30);

/// Of one breaker.
#[derive(Debug)]
pub(super) struct Pace {
    /// Trials in a row that failed.
    pub(super) failures: u32,
    closed: Instant,
    told: Instant,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { failures: 0, closed: Instant::now(), told: Instant::now() }
    }

    /// The breaker opens, and the log says so. Trials that succeed where work then fails must not
    /// make it open and close at speed.
    pub(super) fn open(&mut self) {
        if self.closed.elapsed() > STEADY {
            self.failures = 0;
        }
        self.told = Instant::now();
    }

    /// The breaker closes.
    pub(super) fn close(&mut self) {
        self.closed = Instant::now();
    }

    /// How long to wait before the next trial. Each call counts as one that failed.
    pub(super) fn pause(&mut self, in_doubt: bool) -> Duration {
        if in_doubt {
            return DOUBT;
        }
        self.failures = self.failures.saturating_add(1);
        BACKOFF.delay(self.failures)
    }

    /// Whether it is time for a reminder, which is taken for given.
    pub(super) fn reminds(&mut self) -> bool {
        let is_due = self.told.elapsed() >= REMIND;
        if is_due {
            self.told = Instant::now();
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_log_reminds_of_an_outage_once_a_minute() {
        let mut pace = Pace::new();
        pace.open();
        let mut reminders = 0;
        for _ in 0..600 {
            advance(SECOND).await;
            reminders += u32::from(pace.reminds());
        }
        assert_eq!(reminders, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn trials_follow_each_other_ever_more_slowly_until_work_was_steady() {
        let mut pace = Pace::new();
        let longest = |pace: &mut Pace| (0..50).map(|_| pace.pause(false)).max().unwrap();
        pace.open();
        assert!(longest(&mut pace) > BACKOFF.most / 2);
        advance(STEADY * 2).await;
        pace.close();
        pace.open();
        assert!(pace.failures == 50, "it closed for a moment only");
        pace.close();
        advance(STEADY + SECOND).await;
        pace.open();
        assert!(pace.pause(false) <= BACKOFF.first);
        assert_eq!(pace.pause(true), DOUBT);
    }
}
