//! Counts values by size in plain atomics: an observation costs a search and two additions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Of calls to a server, in microseconds.
pub const CALL: &[u64] = &[
    1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
    10_000_000, 20_000_000, 30_000_000,
];
/// From the sending of a message to its row, in microseconds.
pub(crate) const LAG: &[u64] = &[
    5_000,
    10_000,
    20_000,
    30_000,
    50_000,
    75_000,
    100_000,
    150_000,
    250_000,
    500_000,
    750_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    900_000_000,
    3_600_000_000,
    21_600_000_000,
    86_400_000_000,
];
/// Of a batch, in messages.
pub(crate) const BATCH: &[u64] = &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
/// Of an answer to a receive, in messages.
pub(crate) const ANSWER: &[u64] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/// Values by size.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// A histogram at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    bounds: &'static [u64],
    counts: Box<[u64]>,
    sum: u64,
}

impl Histogram {
    /// Nothing observed yet. `bounds` are the largest values of each bucket but the last.
    pub fn new(bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    /// Counts one value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Counts a duration, where the bounds are in microseconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// How often which value came up until now.
    pub fn snapshot(&self) -> Snapshot {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        Snapshot { bounds: self.bounds, counts, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl Snapshot {
    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Each bound with how many values were up to it.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let sums = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        self.bounds.iter().copied().zip(sums)
    }

    /// What came after `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts).map(|(now, then)| now.saturating_sub(*then));
        Self { bounds: self.bounds, counts: counts.collect(), sum: self.sum.saturating_sub(earlier.sum) }
    }

    /// About the value that `part` (0 to 1) of all do not exceed; `None` without any.
    pub(crate) fn quantile(&self, part: f64) -> Option<f64> {
        let wanted = part * as_f64(self.count());
        let (mut below, mut lower) = (0, 0);
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let upper = self.bounds.get(bucket).copied();
            if let Some(before) = bucket.checked_sub(1) {
                lower = self.bounds[before];
            }
            if as_f64(below + count) >= wanted {
                let (lower, upper) = (as_f64(lower), as_f64(upper.unwrap_or(lower)));
                return Some(lower + (upper - lower) * (wanted - as_f64(below)) / as_f64(*count));
            }
            below += count;
        }
        None
    }
}

/// Counts stay far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "they would have to exceed 2^53")]
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Snapshot {
        let histogram = Histogram::new(BATCH);
        values.into_iter().for_each(|value| histogram.observe(value));
        histogram.snapshot()
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let cumulative: Vec<_> = of([1, 2, 3, 1_000, 1_001]).cumulative().collect();
        assert_eq!(cumulative[..3], [(1, 1), (2, 2), (5, 3)]);
        assert_eq!(cumulative.last(), Some(&(1_000, 4)));
        assert_eq!((of([1, 2, 3]).count(), of([1, 2, 3]).sum()), (3, 6));
    }

    #[test]
    fn a_quantile_lies_in_the_bucket_of_its_value() {
        let values = of(1..=100);
        let near = |part, low, high| (low..=high).contains(&values.quantile(part).unwrap());
        assert!(near(0.5, 20.0, 50.0) && near(0.99, 50.0, 100.0) && near(0.0, 0.0, 1.0));
        assert_eq!(of([]).quantile(0.5), None);
        assert_eq!(of([5_000]).quantile(0.5), Some(1_000.0));
    }

    #[test]
    fn what_came_since_is_what_was_not_there_before() {
        let (earlier, now) = (of([1, 10]), of([1, 10, 10]));
        assert_eq!((now.since(&earlier).count(), now.since(&earlier).sum()), (1, 10));
    }
}
