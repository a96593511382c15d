//! What a redrive came to, counted and in words.

use std::collections::BTreeMap;
use std::fmt;

use sqs::dead_letter::message::SkipReason;

use crate::text;

/// What became of the letters that were asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) fitting: usize,
    /// Messages that would go; `None` where it is no dry run.
    pub(super) listed: Option<usize>,
    /// Messages that went.
    pub(super) sent: usize,
    /// Dead letters beside the first of their message.
    pub(super) twins: usize,
    /// Dead letters whose message went, and that could not be deleted.
    pub(super) left: usize,
    pub(super) stay: BTreeMap<SkipReason, usize>,
    pub(super) refused: usize,
}

impl Tally {
    /// Whether everything that was asked for is where it was to go, and only there.
    pub(super) fn is_done(&self) -> bool {
        self.stay.is_empty() && self.refused == 0 && self.left == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.listed {
            Some(listed) => write!(f, "{} would go", text::letters(listed))?,
            None => write!(f, "{} went", text::letters(self.sent))?,
        }
        if self.twins > 0 {
            write!(f, "; {} more of the same messages were here, and count as one", self.twins)?;
        }
        for (why, count) in &self.stay {
            write!(f, "; {count} stay: {why}")?;
        }
        if self.refused > 0 {
            write!(f, "; {} stay: SQS did not take them", self.refused)?;
        }
        match self.left {
            0 => Ok(()),
            left => write!(f, "; {left} went and could not be deleted: redriven again they are stored once"),
        }
    }
}
