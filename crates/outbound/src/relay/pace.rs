//! When to look for rows again: at once after work, often while there was some lately, seldom when idle.

use std::time::Duration;

use shared::backoff::Backoff;
use tokio::time::Instant;

/// Between two looks while rows came lately, or while others have all that wait.
const BUSY: Duration = Duration::from_millis(15);
/// So long after the last row looks are that frequent.
const LATELY: Duration = Duration::from_secs(2);
/// Between two looks when nothing comes: less than two a second, with what else a relay asks.
const IDLE: Duration = Duration::from_millis(550);
/// Between two tries while the rows cannot be had.
const AWAY: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };

/// The pace of looks.
#[derive(Debug)]
pub(super) struct Pace {
    last_row: Instant,
    wait: Duration,
    failures: u32,
}

impl Pace {
    /// At first as if there had been work.
    pub(super) fn new() -> Self {
        Self { last_row: Instant::now(), wait: BUSY, failures: 0 }
    }

    /// Rows were found.
    pub(super) fn found(&mut self) {
        *self = Self::new();
    }

    /// There are rows, and others have them. Returns the wait.
    pub(super) fn held(&mut self) -> Duration {
        self.failures = 0;
        BUSY
    }

    /// There were none. Returns the wait.
    pub(super) fn nothing(&mut self) -> Duration {
        self.failures = 0;
        if self.last_row.elapsed() >= LATELY {
            self.wait = (2 * self.wait).min(IDLE);
        }
        self.wait
    }

    /// The rows could not be had. Returns the wait.
    pub(super) fn failed(&mut self) -> Duration {
        self.failures += 1;
        AWAY.delay(self.failures).max(AWAY.first / 2)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// Waits between looks that find nothing.
    async fn waits(pace: &mut Pace, looks: usize) -> Vec<Duration> {
        let mut waits = Vec::new();
        for _ in 0..looks {
            waits.push(pace.nothing());
            advance(waits[waits.len() - 1]).await;
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn looks_are_frequent_while_rows_come_and_seldom_when_none_do() {
        let mut pace = Pace::new();
        let busy = waits(&mut pace, 100).await;
        assert!(busy.iter().all(|wait| *wait <= Duration::from_millis(20)), "{busy:?}");
        let idle = waits(&mut pace, 50).await;
        assert!(idle.is_sorted() && idle[49] >= Duration::from_millis(500), "{idle:?}");
        pace.found();
        assert!(pace.nothing() <= Duration::from_millis(20));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_had_is_asked_for_less_and_less() {
        let mut pace = Pace::new();
        let waits: Vec<_> = (0..200).map(|_| pace.failed()).collect();
        assert!(waits.iter().all(|wait| (100..=5_000).contains(&wait.as_millis())), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait > Duration::from_secs(2)));
    }
}
