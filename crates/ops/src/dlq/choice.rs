//! Which queue, and which of its letters, as typed.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};
use runtime::queue::QueueArgs;
use runtime::value_parser;

/// Dead letters that a command looks at in any case; SQS lets 120,000 be in flight.
pub(crate) const MOST_LOOKED_AT: usize = 100_000;

/// The options of [`FilterArgs`].
pub(super) const FILTERS: [&str; 3] = ["reason", "id", "body_contains"];

/// Which dead-letter queue.
#[derive(Clone, Debug, Args)]
pub struct PlaceArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub queue: QueueArgs,
    /// URL of the dead-letter queue; without it: the one in the queue's redrive policy
    #[arg(long, env = "DLQ_URL", value_name = "URL")]
    pub dlq_url: Option<String>,
}

/// Which letters: those that fit each kind of filter that is given.
#[derive(Clone, Debug, Default, Args)]
pub struct FilterArgs {
    /// With this dlq-reason, or `none` for those that SQS moved by itself; may be repeated
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
    pub reason: Vec<String>,
    /// With this dedup id or `MessageId`; may be repeated
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub id: Vec<String>,
    /// With this text in the body
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub body_contains: Option<String>,
}

/// A filter, or all: never all for want of a filter.
pub(super) fn which() -> ArgGroup {
    ArgGroup::new("which").args(FILTERS).arg("all").required(true).multiple(true)
}

pub(crate) fn limit(text: &str) -> Result<usize, String> {
    value_parser::number(text, "DLQ_LIMIT", (1, MOST_LOOKED_AT))
}
