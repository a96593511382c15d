//! The consumer: what can be said on its command line, and how it starts and ends.
//!
//! The work itself is in the libraries: `engine` moves messages, `sqs` and `mysql` are its two ends.

pub mod cli;
pub mod config;
