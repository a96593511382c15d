//! How to consume, as options with their ranges.

use std::path::PathBuf;
use std::time::Duration;

use acquit::cli::{QueueArgs, value_parser};
use acquit::handler::{OnReject, range};

use super::AdminArgs;

/// How to consume.
#[derive(Clone, Debug, clap::Args)]
pub struct ConsumeArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub queue: QueueArgs,
    /// File that says which table and columns messages go to, instead of the table `messages`
    #[arg(long, env = "MAPPING", value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Polls open at once while the queue is full, 1 to 256; an empty queue is polled by one
    #[arg(long, env = "RECEIVERS", value_name = "N", default_value = "64", value_parser = receivers)]
    pub receivers: usize,
    /// Batches stored at once, 1 to 64; each takes a database connection
    #[arg(long, env = "WORKERS", value_name = "N", default_value = "4", value_parser = workers)]
    pub workers: usize,
    /// Messages received and not yet settled, 1 to 100000
    #[arg(long, env = "MAX_IN_FLIGHT", value_name = "N", default_value = "2000", value_parser = max_in_flight)]
    pub max_in_flight: usize,
    /// Of these, messages of one group (`MessageGroupId`) on a standard queue, 1 to 100000; what comes
    /// beyond it is given back for a while [default: any number]
    #[arg(long, env = "MAX_IN_FLIGHT_PER_GROUP", value_name = "N", value_parser = max_in_flight_per_group)]
    pub max_in_flight_per_group: Option<usize>,
    /// What a rejected message means for its group on a FIFO queue: `go-on` behind it, or `hold` until
    /// the reject is accepted
    #[arg(long, env = "FIFO_ON_REJECT", value_name = "go-on|hold", default_value = "go-on", value_parser = fifo_on_reject)]
    pub fifo_on_reject: OnReject,
    /// Rows stored by one statement at the most, 1 to 1000; it never waits to get there
    #[arg(long, env = "BATCH_ROWS", value_name = "N", default_value = "100", value_parser = batch_rows)]
    pub batch_rows: usize,
    /// How long a poll waits for a message, 0s to 20s; shortened to fit the shutdown grace
    #[arg(long, env = "WAIT_TIME", value_name = "TIME", allow_hyphen_values = true, default_value = "20s", value_parser = wait_time)]
    pub wait_time: Duration,
    /// Waits before polling again after a response that is not full, 0s to 10s: saves requests, adds
    /// up to this much latency
    #[arg(long, env = "POLL_LINGER", value_name = "TIME", allow_hyphen_values = true, default_value = "0s", value_parser = poll_linger)]
    pub poll_linger: Duration,
    /// How long a message stays with a consumer that went silent, 2s to 12h; extended while it works
    #[arg(
        long,
        env = "VISIBILITY_TIMEOUT",
        value_name = "TIME",
        allow_hyphen_values = true,
        default_value = "30s",
        value_parser = visibility_timeout
    )]
    pub visibility_timeout: Duration,
    /// How long storing a batch may take before it is dropped and tried again, 1s to 11h
    #[arg(
        long,
        env = "HANDLER_TIMEOUT",
        value_name = "TIME",
        allow_hyphen_values = true,
        default_value = "5m",
        value_parser = handler_timeout
    )]
    pub handler_timeout: Duration,
    /// Rejects in a row after which work stops where no row was ever stored, 0 (never) to 1000000
    #[arg(long, env = "REJECT_LIMIT", value_name = "N", default_value = "20", value_parser = reject_limit)]
    pub reject_limit: usize,
    /// Deadline of the shutdown after the stop request, 1s to 1h
    #[arg(
        long,
        env = "SHUTDOWN_GRACE",
        value_name = "TIME",
        allow_hyphen_values = true,
        default_value = "25s",
        value_parser = shutdown_grace
    )]
    pub shutdown_grace: Duration,
    /// Exit with 1 at once if the database or SQS is unavailable at the start, instead of waiting for it
    #[arg(long, env = "FAIL_FAST")]
    pub fail_fast: bool,
    /// Log message bodies, escaped
    #[arg(long, env = "SHOW_BODIES")]
    pub show_bodies: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub admin: AdminArgs,
}

fn receivers(text: &str) -> Result<usize, String> {
    value_parser::number(text, "RECEIVERS", range::RECEIVERS)
}

fn workers(text: &str) -> Result<usize, String> {
    value_parser::number(text, "WORKERS", (1, 64))
}

fn max_in_flight(text: &str) -> Result<usize, String> {
    value_parser::number(text, "MAX_IN_FLIGHT", range::MAX_IN_FLIGHT)
}

fn max_in_flight_per_group(text: &str) -> Result<usize, String> {
    value_parser::number(text, "MAX_IN_FLIGHT_PER_GROUP", range::MAX_IN_FLIGHT)
}

fn fifo_on_reject(text: &str) -> Result<OnReject, String> {
    text.parse().map_err(|error| format!("{error} (variable FIFO_ON_REJECT)"))
}

fn batch_rows(text: &str) -> Result<usize, String> {
    value_parser::number(text, "BATCH_ROWS", (1, 1_000))
}

fn wait_time(text: &str) -> Result<Duration, String> {
    value_parser::seconds(text, "WAIT_TIME", range::WAIT_SECS)
}

fn poll_linger(text: &str) -> Result<Duration, String> {
    value_parser::duration(text, "POLL_LINGER", range::POLL_LINGER)
}

fn reject_limit(text: &str) -> Result<usize, String> {
    value_parser::number(text, "REJECT_LIMIT", range::REJECT_LIMIT)
}

fn visibility_timeout(text: &str) -> Result<Duration, String> {
    value_parser::seconds(text, "VISIBILITY_TIMEOUT", range::VISIBILITY_SECS)
}

fn handler_timeout(text: &str) -> Result<Duration, String> {
    value_parser::duration(text, "HANDLER_TIMEOUT", range::HANDLER_TIMEOUT)
}

fn shutdown_grace(text: &str) -> Result<Duration, String> {
    value_parser::duration(text, "SHUTDOWN_GRACE", range::SHUTDOWN_GRACE)
}
