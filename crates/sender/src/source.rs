//! Makes the greetings that are due, a batch at a time.

use std::iter;
use std::ops::Range;

use shared::limits::MAX_BATCH;
use tokio::time::Instant;

use crate::batch::Batch;
use crate::greeting::Greeting;
use crate::pace::{Pace, Pacer};

/// Numbered greetings, handed out at a pace.
#[derive(Debug)]
pub struct Source {
    numbers: Range<u64>,
    pacer: Pacer,
}

impl Source {
    /// Greetings with these numbers; the first is due at `now`.
    pub fn new(numbers: Range<u64>, pace: Pace, now: Instant) -> Self {
        Self { numbers, pacer: Pacer::new(pace, now) }
    }

    /// What is due at `now`, as much as fits a batch; maybe nothing.
    pub fn take(&mut self, now: Instant) -> Batch {
        let due = iter::from_fn(|| {
            let is_due = !self.numbers.is_empty() && self.pacer.take(now);
            if is_due { self.numbers.next() } else { None }
        });
        due.take(MAX_BATCH).map(Greeting::new).collect()
    }

    /// When more will be due.
    pub fn next(&self) -> Instant {
        self.pacer.next()
    }

    /// Whether all have been handed out.
    pub fn is_exhausted(&self) -> bool {
        self.numbers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_batches_until_the_numbers_end() {
        let now = Instant::now();
        let mut source = Source::new(5..28, Pace::MAX, now);
        let batches =
            [(); 4].map(|()| source.take(now).greetings().iter().map(|g| g.number).collect::<Vec<_>>());
        assert_eq!(batches, [(5..15).collect(), (15..25).collect(), vec![25, 26, 27], vec![]]);
        assert!(source.is_exhausted());
    }
}
