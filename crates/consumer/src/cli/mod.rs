//! The command line: what can be said, within which range, and what is meant if nothing is.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use runtime::completions::Pages;
use runtime::logging::LogArgs;
use runtime::queue::QueueArgs;
use runtime::value_parser;
use runtime::variables;
use shared::queue::QueueRef;

use ops::dlq::DlqCommand;
use ops::trace::TraceArgs;

mod admin;
mod consume;
#[cfg(test)]
mod tests;

pub use admin::{AdminArgs, AdminError};
pub use consume::ConsumeArgs;

const AFTER_HELP: &str = "\
Environment:
  DATABASE_URL        mysql://user:password@host:3306/database; never an argument, as those are
                      seen by every user of the machine
  AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on are read by the AWS SDK
  ADMIN_TOKEN         what the admin server asks for before it changes anything; never an argument
  RUST_LOG            what is logged (default: info)

Exit codes:
  0  drained: everything received was stored, released or dead-lettered; doctor: nothing failed
  1  failed, and another start may help: denied, or a table, database or queue is missing, among them
  2  an option, a URL or a file must be changed first
  3  the grace ran out, or a second signal came: some messages come back at their timeout

Examples:
  DATABASE_URL=mysql://app:app@127.0.0.1/hello consumer migrate
  consumer doctor --queue-name orders --workers 8 --database-url-file /run/secrets/database-url
  consumer --queue-name orders --workers 8 --database-url-file /run/secrets/database-url
  consumer completions bash; consumer man | man -l -";

/// Moves messages from an SQS queue into MySQL: nothing lost, nothing doubled.
#[derive(Clone, Debug, Parser)]
#[command(name = "consumer", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without a command: consume.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub consume: ConsumeArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub log: LogArgs,
    /// File that holds the database's URL, used rather than `DATABASE_URL`; read for each connection
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "PATH", global = true)]
    pub database_url_file: Option<PathBuf>,
    /// File with the certificates (PEM) that the database's must come from; demands TLS
    #[arg(long, env = "DATABASE_CA_FILE", value_name = "PATH", global = true)]
    pub database_ca_file: Option<PathBuf>,
}

/// What else it can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Create the table or bring it up to date, and end
    Migrate,
    /// Check queue, rights, dead-letter queue and database before a deploy; changes nothing
    Doctor(DoctorArgs),
    /// Count, show, redrive, export, import or purge dead letters
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Find out where a message is
    Trace(TraceArgs),
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the commands' help")]
    Pages(Pages),
}

/// How to check; what is checked are the options that `consumer` itself would be given.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct DoctorArgs {
    /// Print one JSON array of check, verdict, detail and remedy
    #[arg(long, env = "DOCTOR_JSON")]
    pub json: bool,
    /// Exit with 1 for warnings, too
    #[arg(long, env = "DOCTOR_STRICT")]
    pub strict: bool,
    /// Consumers that are to run side by side, 1 to 10000
    #[arg(long, env = "DOCTOR_CONSUMERS", value_name = "N", default_value = "1", value_parser = consumers)]
    pub consumers: usize,
}

/// The command line. `doctor` takes the options of `consumer` itself, before or after its name.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let own = command.get_arguments().filter(|option| !option.is_global_set());
    // As they are global there, values given after the name are found where those before it are.
    let options: Vec<_> = own.cloned().map(|option| option.global(true)).collect();
    let command = command.mut_subcommand("doctor", |doctor| doctor.args(options));
    variables::without_empty_variables(taking_negative_numbers(command))
}

/// A negative number is a value that is out of range, and no option that nobody knows.
fn taking_negative_numbers(command: clap::Command) -> clap::Command {
    command.allow_negative_numbers(true).mut_subcommands(taking_negative_numbers)
}

/// What was said on the command line and in the environment.
///
/// # Errors
/// Returns an error if it makes no sense; also for `--help` and `--version`.
pub fn matches() -> Result<ArgMatches, clap::Error> {
    let command = command();
    variables::check_variables(&command)?;
    command.try_get_matches()
}

/// The queue that is meant: as typed after the command, else as typed before it, else as in the
/// environment.
///
/// # Errors
/// Where the command takes no queue.
pub fn queue(matches: &ArgMatches) -> Result<QueueRef, clap::Error> {
    let mut inner = matches;
    while let Some((_, command)) = inner.subcommand() {
        inner = command;
    }
    let is_typed = |matches: &ArgMatches| {
        ["queue_url", "queue_name"]
            .iter()
            .any(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
    };
    let matches = if is_typed(matches) && !is_typed(inner) { matches } else { inner };
    Ok(QueueArgs::from_arg_matches(matches)?.resolve(matches))
}

fn consumers(text: &str) -> Result<usize, String> {
    value_parser::number(text, "DOCTOR_CONSUMERS", (1, 10_000))
}
