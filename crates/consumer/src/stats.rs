//! What happened so far, in numbers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: usize) {
        self.0.fetch_add(n as u64, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened to messages since the start.
#[derive(Debug, Default)]
pub struct Stats {
    /// Handed out by the queue.
    pub received: Counter,
    /// Stored for the first time.
    pub stored: Counter,
    /// Found stored already.
    pub duplicates: Counter,
    /// Deleted from the queue.
    pub deleted: Counter,
    /// Given back to the queue, to be tried again.
    pub released: Counter,
    /// Moved to the dead-letter queue.
    pub dead_lettered: Counter,
    /// Extensions of a lease.
    pub extended: Counter,
    /// Leases that ran out, or were refused an extension.
    pub lost: Counter,
    /// Polls of the queue.
    pub polls: Counter,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stored {}, released {}", self.stored.get(), self.released.get())?;
        let rest = [
            (&self.duplicates, "duplicates"),
            (&self.dead_lettered, "dead-lettered"),
            (&self.lost, "leases lost"),
        ];
        for (counter, name) in rest.into_iter().filter(|(counter, _)| counter.get() > 0) {
            write!(f, ", {name} {}", counter.get())?;
        }
        Ok(())
    }
}
