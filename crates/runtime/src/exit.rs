//! Exit codes, the same for both programs, and what an error that ends one says of them.

use std::error::Error;
use std::process::ExitCode;

/// It did not work, and another start may.
pub const FAILED: u8 = 1;
/// Options, URLs or files must be changed first: no time mends them.
pub const USAGE: u8 = 2;
/// Ended before the work was: what was held comes back by itself.
pub const ABANDONED: u8 = 3;

/// The exit code of an error: whether no time mends it.
pub fn code(is_usage: bool) -> u8 {
    if is_usage { USAGE } else { FAILED }
}

/// An error that ends a program.
pub trait Ends: Error {
    /// The program's exit code.
    fn exit_code(&self) -> u8;

    /// Whether it passes by itself, so that a program that starts had better wait.
    fn is_passing(&self) -> bool {
        false
    }
}

/// The exit code of a program that ended so. Why it failed is logged, in one line.
pub fn of<E: Ends>(ended: Result<u8, E>) -> ExitCode {
    let code = ended.unwrap_or_else(|error| {
        tracing::error!("{error}");
        error.exit_code()
    });
    code.into()
}
