//! How long to wait before the next try: exponential, capped, with full jitter.

use std::time::Duration;

/// Delays that double from `first` to `most`, each drawn evenly from zero to its bound,
/// so that many who failed together do not come back together.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Bound of the first delay.
    pub first: Duration,
    /// Bound of every delay.
    pub most: Duration,
}

impl Backoff {
    /// The bound after `failures` failures in a row, the first being 1.
    pub fn bound(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }

    /// A delay after `failures` failures in a row.
    pub fn delay(&self, failures: u32) -> Duration {
        self.bound(failures).mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_mins(1) };

    #[test]
    fn the_bound_doubles_up_to_its_cap() {
        let bounds = [0, 1, 2, 3, 6, 7, 1_000].map(|failures| BACKOFF.bound(failures).as_secs());
        assert_eq!(bounds, [1, 1, 2, 4, 32, 60, 60]);
    }

    #[test]
    fn delays_fill_the_whole_range_below_the_bound() {
        let delays: Vec<_> = (0..1_000).map(|_| BACKOFF.delay(5)).collect();
        let within = |low, high| delays.iter().any(|d| (low..high).contains(&d.as_secs()));
        assert!(within(0, 2) && within(14, 16) && !within(16, u64::MAX));
    }
}
