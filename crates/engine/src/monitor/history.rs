//! The last two minutes, second by second: rates, and what this consumer is able to do.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::histogram::{Snapshot, as_f64};

/// Seconds that are kept.
const LENGTH: usize = 120;
/// Seconds that a rate is taken over.
const RATE: usize = 10;
/// What a second with less to do leaves of the best rate: it halves in about four minutes.
const FADE: f64 = 0.997;

/// The counters at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) received: u64,
    pub(crate) stored: u64,
    pub(crate) deleted: u64,
    pub(crate) lag: Snapshot,
}

/// Samples, a second apart.
#[derive(Debug)]
pub(crate) struct History {
    samples: VecDeque<Sample>,
    best: f64,
}

impl History {
    /// Begins with how things are.
    pub(crate) fn new(first: Sample) -> Self {
        Self { samples: VecDeque::from([first]), best: 0.0 }
    }

    /// The next second.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.samples.push_back(sample);
        if self.samples.len() > LENGTH {
            self.samples.pop_front();
        }
        let rate = self.rate(|sample| sample.deleted);
        // With nothing to do, nothing is learnt of what could be done.
        if rate > 0.0 {
            self.best = rate.max(self.best * FADE);
        }
    }

    /// Of the last [`RATE`] seconds, in one second.
    pub(crate) fn rate(&self, count: impl Fn(&Sample) -> u64) -> f64 {
        let (then, now) = (self.ago(RATE), self.ago(0));
        let seconds = (now.at - then.at).as_secs_f64();
        if seconds > 0.0 { as_f64(count(now) - count(then)) / seconds } else { 0.0 }
    }

    /// What each second brought, the last one last.
    pub(crate) fn seconds(&self, count: impl Fn(&Sample) -> u64) -> Vec<u64> {
        let counts: Vec<_> = self.samples.iter().map(count).collect();
        counts.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
    }

    /// The sample of so many seconds ago, or the first there is.
    pub(crate) fn ago(&self, seconds: usize) -> &Sample {
        let last = self.samples.len() - 1;
        &self.samples[last.saturating_sub(seconds)]
    }

    /// How long `messages` would take at the best rate of late; `None`: nobody knows.
    pub(crate) fn time_for(&self, messages: u64) -> Option<Duration> {
        match messages {
            0 => Some(Duration::ZERO),
            _ => Duration::try_from_secs_f64(as_f64(messages) / self.best).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    fn at(second: u64, deleted: u64) -> Sample {
        let at = Instant::now() + Duration::from_secs(second);
        let lag = Metrics::new().lag.snapshot();
        Sample { at, received: 0, stored: 0, deleted, lag }
    }

    #[tokio::test(start_paused = true)]
    async fn a_backlog_takes_as_long_as_work_went_of_late() {
        let mut history = History::new(at(0, 0));
        assert_eq!((history.time_for(0), history.time_for(1)), (Some(Duration::ZERO), None));
        for second in 1..=20 {
            history.push(at(second, second * 100));
        }
        assert_eq!(history.time_for(1_000), Some(Duration::from_secs(10)));
        // An idle hour is no reason to think it slower.
        for second in 21..=3_600 {
            history.push(at(second, 2_000));
        }
        let time = history.time_for(1_000).unwrap();
        assert!((10.0..11.0).contains(&time.as_secs_f64()), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn each_second_has_what_it_brought_and_old_ones_are_forgotten() {
        let mut history = History::new(at(0, 0));
        for second in 1..=200 {
            history.push(at(second, second * 3));
        }
        assert_eq!(history.seconds(|sample| sample.deleted), [3; LENGTH - 1]);
        assert!((history.rate(|sample| sample.deleted) - 3.0).abs() < 1e-9);
    }
}
