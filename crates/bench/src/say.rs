//! Speaks to the person at the terminal: progress on standard error, results on standard output.

use std::fmt::Display;

/// What is being done.
pub fn progress(text: impl Display) {
    eprintln!("bench: {text}");
}

/// What was found.
#[expect(clippy::print_stdout, reason = "results are what this program is for")]
pub fn result(text: impl Display) {
    println!("{text}");
}
