//! Exit codes, the same for both programs.

/// It did not work, and a second try may.
pub const FAILED: u8 = 1;
/// The options or the configuration must be changed first.
pub const USAGE: u8 = 2;
/// Ended before the work was: what was held comes back by itself.
pub const ABANDONED: u8 = 3;
