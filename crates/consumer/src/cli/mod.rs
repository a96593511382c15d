//! The command line: what can be said, within which range, and what is meant if nothing is.

use acquit::cli::{Command, DatabaseArgs, LogArgs, MappingCommand, variables, with_database_options};
use clap::{ArgMatches, CommandFactory, Parser, Subcommand};

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
  consumer mapping new orders --sample order.json >orders.toml; consumer --mapping orders.toml
  consumer completions bash; consumer man | man -l -";

/// What else it can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Task {
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the commands' help")]
    Operate(Command),
    /// Write a first mapping for a table of your own, or try one with a message
    #[command(subcommand)]
    Mapping(MappingCommand),
}

/// Moves messages from an SQS queue into MySQL: nothing lost, nothing doubled.
#[derive(Clone, Debug, Parser)]
#[command(name = "consumer", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without a command: consume.
    #[command(subcommand)]
    pub command: Option<Task>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub consume: ConsumeArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub log: LogArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub database: DatabaseArgs,
}

/// The command line. `doctor` takes the options of `consumer` itself, before or after its name.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let own = command.get_arguments().filter(|option| !option.is_global_set());
    // As they are global there, values given after the name are found where those before it are.
    let options: Vec<_> = own.cloned().map(|option| option.global(true)).collect();
    let command = command.mut_subcommand("doctor", |doctor| doctor.args(options));
    variables::without_empty_variables(taking_negative_numbers(with_database_options(command)))
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
