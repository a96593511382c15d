#![doc = include_str!("../README.md")]

pub mod completions;
pub mod exit;
pub mod logging;
pub mod patience;
pub mod queue;
pub mod signal;
pub mod threads;
pub mod value_parser;
pub mod watchdog;
