#![doc = include_str!("../README.md")]

pub mod exit;
pub mod log_targets;
pub mod patience;
pub mod signal;
pub mod threads;
pub mod value_parser;
pub mod watchdog;

#[cfg(feature = "cli")]
pub mod completions;
#[cfg(feature = "cli")]
pub mod logging;
#[cfg(feature = "cli")]
pub mod queue;
#[cfg(feature = "cli")]
pub mod variables;
