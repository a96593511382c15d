//! What happened so far, in numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

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

/// Different words of a tally; each is a time series to whoever scrapes it.
const MAX_WORDS: usize = 64;
/// What all further words count as.
const OTHER: &str = "other";

/// A number for each of up to 64 words. Further ones count together, as `other`.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Counts>);

/// A number for each word.
pub type Counts = BTreeMap<Cow<'static, str>, u64>;

impl Tally {
    /// Adds `n` to what `word` has.
    pub fn add(&self, word: impl Into<Cow<'static, str>>, n: usize) {
        let (word, mut counts) = (word.into(), self.lock());
        let is_room = counts.len() < MAX_WORDS || counts.contains_key(&word);
        *counts.entry(if is_room { word } else { OTHER.into() }).or_default() += n as u64;
    }

    /// All words together.
    pub fn get(&self) -> u64 {
        self.counts().values().sum()
    }

    /// Each word that came up.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().expect("nobody panics while holding the counts")
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
    /// Done with, as they are to have no effect.
    pub filtered: Counter,
    /// Deleted from the queue.
    pub deleted: Counter,
    /// Given back to the queue, to be tried again.
    pub released: Counter,
    /// Moved to the dead-letter queue, by reason.
    pub dead_lettered: Tally,
    /// To be tried again, by what was in the way: `away` is held, what a handler named is released.
    pub retried: Tally,
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
            (self.duplicates.get(), "duplicates"),
            (self.filtered.get(), "filtered"),
            (self.dead_lettered.get(), "dead-lettered"),
            (self.lost.get(), "leases lost"),
        ];
        for (count, name) in rest.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {name} {count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_keeps_so_many_words_and_counts_the_rest_together() {
        let tally = Tally::default();
        for _ in 0..2 {
            (0..100).for_each(|number| tally.add(format!("word-{number}"), 1));
        }
        let counts = tally.counts();
        assert_eq!((counts.len(), counts["word-0"], counts["word-63"], counts[OTHER]), (65, 2, 2, 72));
        assert_eq!(tally.get(), 200);
    }
}
