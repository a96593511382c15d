//! How a run ended.

use std::fmt;
use std::sync::Arc;

use crate::stats::Stats;

/// How it ended.
#[derive(Debug)]
pub struct Report {
    /// What happened to messages.
    pub stats: Arc<Stats>,
    /// Messages that were neither settled nor given back: they come back by themselves.
    pub left: usize,
    /// Those among them that are done, and could not be deleted.
    pub undeleted: usize,
    /// Polls that had no answer when the grace ran out: so does what they would have brought.
    pub open_polls: usize,
}

impl Report {
    /// Whether nothing is left to its visibility timeout.
    pub fn is_drained(&self) -> bool {
        self.left + self.open_polls == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, left {}", self.stats, self.left)?;
        if self.undeleted > 0 {
            write!(f, ", of which stored and not deleted {}", self.undeleted)?;
        }
        if self.open_polls > 0 {
            write!(f, ", polls without an answer {}", self.open_polls)?;
        }
        Ok(())
    }
}
