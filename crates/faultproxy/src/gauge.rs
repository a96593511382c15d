//! How many are inside: now, at most, and in all.

use std::sync::{Arc, Mutex};

/// Counts those who come and go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge(Arc<Mutex<Reading>>);

/// What a gauge shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) now: usize,
    pub(crate) most: usize,
    pub(crate) total: u64,
}

/// One who is inside until dropped.
#[derive(Debug)]
pub(crate) struct Inside(Gauge);

impl Gauge {
    /// One comes.
    pub(crate) fn enter(&self) -> Inside {
        self.change(|reading| {
            reading.now += 1;
            reading.total += 1;
            reading.most = reading.most.max(reading.now);
        });
        Inside(self.clone())
    }

    /// What it shows.
    pub(crate) fn read(&self) -> Reading {
        *self.0.lock().expect("nobody panics while counting")
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        change(&mut self.0.lock().expect("nobody panics while counting"));
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.change(|reading| reading.now -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_left_still_count_for_the_most_and_the_total() {
        let gauge = Gauge::default();
        drop((gauge.enter(), gauge.enter()));
        let _stays = gauge.enter();
        assert_eq!(gauge.read(), Reading { now: 1, most: 2, total: 3 });
    }
}
