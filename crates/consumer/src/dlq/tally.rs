//! What a redrive came to, counted and in words.

use std::collections::BTreeMap;
use std::fmt;

use super::letter::Stays;
use super::say;

/// What became of the letters that were asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) fitting: usize,
    /// Would go; `None` where it is no dry run.
    pub(super) listed: Option<usize>,
    pub(super) sent: usize,
    pub(super) deleted: usize,
    pub(super) stay: BTreeMap<Stays, usize>,
    pub(super) refused: usize,
    /// Why the last one was refused.
    pub(super) refusal: String,
}

impl Tally {
    /// Whether everything that was asked for is where it was to go, and only there.
    pub(super) fn is_done(&self) -> bool {
        self.stay.is_empty() && self.refused == 0 && self.deleted == self.sent
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.listed {
            Some(listed) => write!(f, "{} would go", say::letters(listed))?,
            None => write!(f, "{} went", say::letters(self.sent))?,
        }
        for (why, count) in &self.stay {
            write!(f, "; {count} stay: {why}")?;
        }
        if self.refused > 0 {
            write!(f, "; {} stay: SQS did not take them: {}", self.refused, say::plain(&self.refusal))?;
        }
        match self.sent - self.deleted {
            0 => Ok(()),
            left => write!(f, "; {left} went and could not be deleted: redriven again they are stored once"),
        }
    }
}
