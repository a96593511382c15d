//! Puts numbered greetings on a queue, at a pace, and knows of each whether it arrived.
//!
//! ```text
//! cli ─> Feed ─> Source ─────> Producer ─> SQS
//!                  ^               │ Confirmation
//!                Pacer             v
//!                       Publisher ─> Output, Report
//! ```
//!
//! A message has its `dedup-id` when it is handed over and keeps it however often it is sent, so that a
//! repeat whose first try did arrive is stored once. It is counted in exactly one place of the
//! [`report::Report`]: confirmed, refused, not confirmed, or still open.

pub mod cli;
pub mod feed;
pub mod greeting;
pub mod output;
pub mod pace;
pub mod publisher;
pub mod relay;
pub mod report;
pub mod source;
