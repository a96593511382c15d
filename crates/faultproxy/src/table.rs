//! Counts, one a line, for people to read.

use std::fmt::{Display, Formatter, Result};

/// Writes name and number, the numbers under each other.
pub(crate) fn row(f: &mut Formatter<'_>, name: impl Display, number: u64) -> Result {
    writeln!(f, "{:<44} {number:>10}", name.to_string())
}
