//! The commands on dead letters, as typed.
//!
//! What a place or a pace is may come from the environment; what is to be moved or deleted may
//! not: a variable that somebody forgot must not choose letters.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand};
use shared::parse;
use shared::queue::QueueArgs;

/// Letters that a command looks at in any case; SQS lets 120,000 be in flight.
pub(crate) const MOST_LOOKED_AT: usize = 100_000;

/// The options of [`FilterArgs`].
const FILTERS: [&str; 3] = ["reason", "id", "body_contains"];

const AFTER_HELP: &str = "\
SQS cannot be looked into: every letter that a command looks at is received, and given back at the
end, also on Ctrl-C. That raises its receive count by one; only a redrive policy of the dead-letter
queue itself would ever act on it. Killed by force, letters come back within five minutes.

Exit codes:
  0  done
  1  failed, stopped, or something that was asked for is not there or stays where it is
  2  bad usage or configuration";

const LINES: &str = r#"A line is an object with the body, and as far as wanted attributes and a name:
  {"dedup_id":"order-1","attributes":{"kind":{"type":"String","text":"x"}},"body":"hello"}
Bytes are given as "base64". The name goes along as the attribute dedup-id; without dedup_id it is
the message_id, and without that a new one. Other fields that export writes are for reading only.

Exit codes:
  0  all sent
  1  failed or stopped: the last line on stderr says which line to go on with
  2  bad usage or configuration, or a line is no letter: nothing was sent"#;

/// What can be done with dead letters.
#[derive(Clone, Debug, Subcommand)]
pub enum DlqCommand {
    /// Count the letters by reason
    #[command(after_help = AFTER_HELP)]
    Ls(LsArgs),
    /// Show letters in full; their bodies only with --show-bodies
    #[command(after_help = AFTER_HELP)]
    Show(ShowArgs),
    /// Send letters back to the queue that they came from
    ///
    /// Each goes with its body, its attributes and its dedup-id, and without dlq-*; it is deleted
    /// from the dead-letter queue once it is on the other. What is sent twice is stored once.
    #[command(after_help = AFTER_HELP)]
    Redrive(RedriveArgs),
    /// Write letters to a file, one JSON object a line
    #[command(after_help = AFTER_HELP)]
    Export(ExportArgs),
    /// Send the letters of an exported file to the dead-letter queue
    #[command(after_help = LINES)]
    Import(ImportArgs),
    /// Delete letters for good
    #[command(after_help = AFTER_HELP)]
    Purge(PurgeArgs),
}

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

/// `dlq ls`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct LsArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Letters to look at, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `dlq show`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct ShowArgs {
    /// Dedup ids or `MessageId`s
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Letters to look at, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
    /// Show bodies, and what errors quote of them, escaped
    #[arg(long, env = "SHOW_BODIES")]
    pub show_bodies: bool,
}

/// `dlq redrive`.
#[derive(Clone, Debug, Args)]
#[command(group = which())]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct RedriveArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// All letters; needed where no filter is given
    #[arg(long, conflicts_with_all = FILTERS)]
    pub all: bool,
    /// URL of the queue to send to, wherever the letters came from; without it: the queue, and only
    /// letters that came from it
    #[arg(long, env = "TO_QUEUE_URL", value_name = "URL")]
    pub to_queue_url: Option<String>,
    /// List what would go, and move nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Messages a second at the most, 1 to 10000
    #[arg(long, env = "DLQ_RATE", value_name = "N", default_value = "100", value_parser = rate)]
    pub rate: u32,
    /// Letters to redrive at the most, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
}

/// `dlq export`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct ExportArgs {
    /// File to write, which must not be there yet; `-` is standard output
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Delete from the queue what was written, once the file is safely on disk
    #[arg(long)]
    pub remove: bool,
    /// Letters to write at the most, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
}

/// `dlq import`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct ImportArgs {
    /// File as `dlq export` writes it; every line is checked before anything is sent
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Send to the queue itself, without dlq-*, as a redrive would
    #[arg(long)]
    pub to_queue: bool,
    /// First line to send, from 1
    #[arg(long, value_name = "N", default_value = "1", value_parser = line)]
    pub from_line: usize,
}

/// `dlq purge`.
#[derive(Clone, Debug, Args)]
#[command(group = which())]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct PurgeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// All letters; needed where no filter is given
    #[arg(long, conflicts_with_all = FILTERS)]
    pub all: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Letters to delete at the most, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
}

/// A filter, or all: never all for want of a filter.
fn which() -> ArgGroup {
    ArgGroup::new("which").args(FILTERS).arg("all").required(true).multiple(true)
}

pub(crate) fn limit(text: &str) -> Result<usize, String> {
    parse::number(text, "DLQ_LIMIT", 1, MOST_LOOKED_AT)
}

fn rate(text: &str) -> Result<u32, String> {
    parse::number(text, "DLQ_RATE", 1, 10_000)
}

fn line(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(line) if line > 0 => Ok(line),
        _ => Err("must be a whole number from 1".to_owned()),
    }
}
