//! The commands on dead letters, as typed.
//!
//! What a place or a pace is may come from the environment; what is to be moved or deleted may
//! not: a variable that somebody forgot must not choose letters.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use runtime::value_parser;

use super::choice::{FILTERS, FilterArgs, PlaceArgs, limit, which};

const AFTER_HELP: &str = "\
SQS cannot be looked into: every letter that a command looks at is received, and given back at the
end, also on Ctrl-C. That raises its receive count by one; only a redrive policy of the dead-letter
queue itself would ever act on it. Killed by force, letters come back within five minutes.
A command looks at 100,000 letters at the most: run it again for what is left.

Exit codes:
  0  done
  1  failed, stopped, or something that was asked for is not there or stays where it is
  2  bad usage or configuration";

const LINES: &str = r#"A line is an object with the body, and as far as wanted attributes and a name:
  {"dedup_id":"order-1","attributes":{"kind":{"type":"String","text":"x"}},"body":"hello"}
Bytes are given as "base64". The name goes along as the attribute dedup-id; without dedup_id it is
the message_id, and without that a new one. So do "group" (MessageGroupId) and "trace_header"
(AWSTraceHeader). Other fields that export writes are for reading only.

A line that is no letter, or that SQS does not take, is skipped, and stderr says why.

Exit codes:
  0  all sent
  1  lines were skipped, or it failed or was stopped: then the last line on stderr says which line to
     go on with
  2  bad usage or configuration"#;

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
    /// from the dead-letter queue once it is on the other. A message that is here twice goes once.
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

/// `dlq ls`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct LsArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Dead letters to look at, 1 to 100000
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
    /// Dead letters to look at, 1 to 100000
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
    /// Send what has no room for its name without it, under a new `MessageId`
    ///
    /// Only a message without a dedup-id whose body fills it to the brim has none. It may be stored
    /// again if it was stored: ask `consumer trace` first.
    #[arg(long)]
    pub new_identity: bool,
    /// Messages a second at the most, 1 to 10000
    #[arg(long, env = "DLQ_RATE", value_name = "N", default_value = "100", value_parser = rate)]
    pub rate: u32,
    /// Dead letters to redrive at the most, 1 to 100000
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
    /// Delete from the queue what was written and import would take, once the file is safely on disk
    #[arg(long)]
    pub remove: bool,
    /// Dead letters to write at the most, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
}

/// `dlq import`.
#[derive(Clone, Debug, Args)]
#[allow(missing_docs, reason = "clap would take the comments for the groups' help")]
pub struct ImportArgs {
    /// File as `dlq export` writes it; what is no letter is skipped
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Send to the queue itself, without dlq-*, as a redrive would
    #[arg(long)]
    pub to_queue: bool,
    /// Send what has no room for its name without it, under a new `MessageId`
    ///
    /// Only a message without a dedup-id whose body fills it to the brim has none. It may be stored
    /// again if it was stored: ask `consumer trace` first.
    #[arg(long)]
    pub new_identity: bool,
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
    /// Dead letters to delete at the most, 1 to 100000
    #[arg(long, env = "DLQ_LIMIT", value_name = "N", default_value = "10000", value_parser = limit)]
    pub limit: usize,
}

fn rate(text: &str) -> Result<u32, String> {
    value_parser::number(text, "DLQ_RATE", (1, 10_000))
}

fn line(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(line) if line > 0 => Ok(line),
        _ => Err("must be a whole number from 1".to_owned()),
    }
}
