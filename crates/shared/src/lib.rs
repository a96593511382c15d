//! What the sender and the consumer agree on. Knows nothing of MySQL.
//!
//! - [`message`]: the wire contract, body and `dedup-id`
//! - [`queue`]: which queue, as command-line options, and its URL
//! - [`sqs`]: the SDK client with timeouts and retries set, and SQS's limits
//! - [`account`]: the region, and where the credentials came from
//! - [`fault`]: what a failed call means
//! - [`parse`]: option values with a range, named in the error
//! - [`pages`]: shell completions and manual pages
//! - [`spans`]: distributed tracing, in OpenTelemetry's words
//! - [`telemetry`]: logs to standard error, as text or JSON
//! - [`signal`]: the end, asked for once or twice
//! - [`exit`]: what the process's exit code says
//! - [`patience`]: waiting for what passes by itself
//! - [`runtime`]: the threads that a program runs on
//! - [`backoff`]: how long to wait before the next try

pub mod account;
pub mod backoff;
pub mod exit;
pub mod fault;
pub mod message;
pub mod pages;
pub mod parse;
pub mod patience;
pub mod queue;
pub mod runtime;
pub mod signal;
pub mod spans;
pub mod sqs;
pub mod telemetry;

mod agent;
mod environment;
