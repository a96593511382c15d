//! How often what was done.

use std::collections::BTreeMap;
use std::fmt;

/// Faults by what they hit and what they were.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<(&'static str, &'static str), usize>);

impl Tally {
    /// One more.
    pub(super) fn add(&mut self, target: &'static str, fault: &'static str) {
        *self.0.entry((target, fault)).or_default() += 1;
    }

    /// All of `other`, too.
    pub(super) fn merge(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// All that hit `target`.
    pub fn of(&self, target: &str) -> usize {
        self.0.iter().filter(|((hit, _), _)| *hit == target).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((target, fault), count) in &self.0 {
            writeln!(f, "  {target:<9} {fault:<26} {count:>5}")?;
        }
        Ok(())
    }
}
