//! `trace`, as typed.

use clap::Args;

use crate::dlq::{PlaceArgs, limit};

const AFTER_HELP: &str = "\
It looks at the row, at the dead-letter queue (each letter there costs one receive, and is given
back at the end), and at how deep the queue is. A message on the queue itself can only be found by
receiving it: --search-queue does that, and spends one receive of each message that it looks at.

Exit codes:
  0  found
  1  not found, or failed
  2  bad usage or configuration";

/// `trace`.
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct TraceArgs {
    /// The message's dedup id, or its `MessageId`
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Also receive up to N messages from the queue, 1 to 1000, and give them back at once
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "100", value_parser = search)]
    pub search_queue: Option<usize>,
    /// Dead letters to look at, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
    /// Show the body, escaped
    #[arg(long, env = "SHOW_BODIES")]
    pub show_bodies: bool,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
}

fn search(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(most @ 1..=1_000) => Ok(most),
        _ => Err("must be a whole number from 1 to 1000".to_owned()),
    }
}
