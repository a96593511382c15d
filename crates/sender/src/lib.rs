//! Puts numbered greetings, or what is in a file, on a queue, at a pace, and knows of each message whether
//! it arrived.
//!
//! ```text
//! cli ─> Feed ─> Source ─────> Producer ─> SQS
//!                  ^               │ Confirmation
//!                Pacer             v
//!                       Publisher ─> Output, Journal, Report
//! ```
//!
//! A message has its `dedup-id` when it is handed over and keeps it however often it is sent, so that a
//! repeat whose first try did arrive is stored once. It is counted in exactly one place of the
//! [`report::Report`]: confirmed, refused, not confirmed, or still open.

pub mod cli;
pub mod feed;
pub mod greeting;
mod help;
pub mod input;
pub mod input_args;
pub mod journal;
pub mod ledger;
pub mod load;
pub mod output;
pub mod pace;
pub mod publisher;
pub mod rejects;
pub mod relay;
pub mod report;
pub mod source;
