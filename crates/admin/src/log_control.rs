//! The port to the log: what is logged, and how to change that while the process runs.

use std::fmt::Debug;

/// Sets what is logged.
pub trait LogControl: Debug + Send + Sync + 'static {
    /// What is logged, in words that [`set`](Self::set) takes.
    fn get(&self) -> String;

    /// Sets what is logged from now on: a level, or directives.
    ///
    /// # Errors
    /// Returns a sentence for whoever asked if `wanted` is neither.
    fn set(&self, wanted: &str) -> Result<(), String>;
}
