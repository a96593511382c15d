//! Counts by key.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// How often each thing happened.
#[derive(Debug)]
pub(crate) struct Tally<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Copy> Tally<K> {
    /// It happened `times` more.
    pub(crate) fn add(&self, key: K, times: usize) {
        if times == 0 {
            return;
        }
        let mut counts = self.0.lock().expect("nobody panics while counting");
        *counts.entry(key).or_default() += times as u64;
    }

    /// What happened at all.
    pub(crate) fn counts(&self) -> BTreeMap<K, u64> {
        self.0.lock().expect("nobody panics while counting").clone()
    }
}
