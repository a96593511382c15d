//! Puts numbered greetings on a queue, at a pace, and knows of each whether it arrived.
//!
//! ```text
//! cli ─> Source ──Batch──> Publisher ──InFlight ×16──> SendPort ─> SQS
//!          ^                  │    ^────Answered────────┘
//!        Pacer                v
//!                     Output, Report
//! ```
//!
//! A greeting gets its `dedup-id` when it is made and keeps it however often it is sent, so that a
//! repeat whose first try did arrive is stored once. It is counted in exactly one place of the
//! [`report::Report`]: confirmed, refused, not confirmed, or still open.

pub mod batch;
pub mod cli;
pub mod greeting;
pub mod in_flight;
pub mod input;
pub mod input_args;
pub mod ledger;
pub mod outage;
pub mod output;
pub mod pace;
pub mod publisher;
pub mod rejects;
pub mod report;
pub mod send_port;
pub mod source;
pub mod spans;
