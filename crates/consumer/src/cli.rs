//! The command line: what can be said, within which range, and what is meant if nothing is.

use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use shared::pages::Pages;
use shared::parse;
use shared::queue::{QueueArgs, QueueRef};
use shared::sqs::{MAX_VISIBILITY_SECS, MAX_WAIT_SECS};
use shared::telemetry::LogArgs;

use crate::admin::AdminArgs;
use crate::dlq::DlqCommand;
use crate::trace::TraceArgs;

const AFTER_HELP: &str = "\
Environment:
  DATABASE_URL        mysql://user:password@host:3306/database; never an argument, as those are
                      seen by every user of the machine
  AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on are read by the AWS SDK
  ADMIN_TOKEN         what the admin server asks for before it changes anything; never an argument
  RUST_LOG            what is logged (default: info)

Exit codes:
  0  drained: everything received was stored, released or dead-lettered; doctor: nothing failed
  1  failed
  2  bad usage or configuration
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
    /// File that holds the database's URL, used rather than `DATABASE_URL`
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
    command.mut_subcommand("doctor", |doctor| doctor.args(options))
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
    Ok(QueueArgs::from_arg_matches(matches)?.wanted(matches))
}

/// How to consume.
#[derive(Clone, Debug, clap::Args)]
pub struct ConsumeArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub queue: QueueArgs,
    /// Polls open at once while the queue is full, 1 to 64; an empty queue is polled by one
    #[arg(long, env = "RECEIVERS", value_name = "N", default_value = "8", value_parser = receivers)]
    pub receivers: usize,
    /// Batches stored at once, 1 to 64; each takes a database connection
    #[arg(long, env = "WORKERS", value_name = "N", default_value = "4", value_parser = workers)]
    pub workers: usize,
    /// Messages received and not yet settled, 1 to 100000
    #[arg(long, env = "MAX_IN_FLIGHT", value_name = "N", default_value = "1000", value_parser = max_in_flight)]
    pub max_in_flight: usize,
    /// Rows stored by one statement at the most, 1 to 1000; it never waits to get there
    #[arg(long, env = "BATCH_ROWS", value_name = "N", default_value = "100", value_parser = batch_rows)]
    pub batch_rows: usize,
    /// How long a poll waits for a message, 0s to 20s; shortened to fit the shutdown grace
    #[arg(long, env = "WAIT_TIME", value_name = "TIME", default_value = "20s", value_parser = wait_time)]
    pub wait_time: Duration,
    /// How long a message stays with a consumer that went silent, 2s to 12h; extended while it works
    #[arg(
        long,
        env = "VISIBILITY_TIMEOUT",
        value_name = "TIME",
        default_value = "30s",
        value_parser = visibility_timeout
    )]
    pub visibility_timeout: Duration,
    /// From the first signal to the end, 1s to 1h
    #[arg(
        long,
        env = "SHUTDOWN_GRACE",
        value_name = "TIME",
        default_value = "25s",
        value_parser = shutdown_grace
    )]
    pub shutdown_grace: Duration,
    /// Log message bodies, escaped
    #[arg(long, env = "SHOW_BODIES")]
    pub show_bodies: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the comment for the group's help")]
    pub admin: AdminArgs,
}

fn receivers(text: &str) -> Result<usize, String> {
    parse::number(text, "RECEIVERS", 1, 64)
}

fn workers(text: &str) -> Result<usize, String> {
    parse::number(text, "WORKERS", 1, 64)
}

fn max_in_flight(text: &str) -> Result<usize, String> {
    parse::number(text, "MAX_IN_FLIGHT", 1, 100_000)
}

fn batch_rows(text: &str) -> Result<usize, String> {
    parse::number(text, "BATCH_ROWS", 1, 1_000)
}

fn consumers(text: &str) -> Result<usize, String> {
    parse::number(text, "DOCTOR_CONSUMERS", 1, 10_000)
}

fn wait_time(text: &str) -> Result<Duration, String> {
    parse::seconds(text, "WAIT_TIME", 0, MAX_WAIT_SECS)
}

fn visibility_timeout(text: &str) -> Result<Duration, String> {
    parse::seconds(text, "VISIBILITY_TIMEOUT", 2, MAX_VISIBILITY_SECS)
}

fn shutdown_grace(text: &str) -> Result<Duration, String> {
    parse::duration(text, "SHUTDOWN_GRACE", Duration::from_secs(1), Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;
    use clap::error::ErrorKind;
    use clap::parser::ValueSource;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_doctor_takes_what_the_consumer_takes_before_or_after_its_name() {
        for line in [
            ["consumer", "--workers", "9", "--queue-name", "q", "doctor", "--json"],
            ["consumer", "doctor", "--json", "--workers", "9", "--queue-name", "q"],
            ["consumer", "--workers", "9", "doctor", "--queue-name", "q", "--json"],
        ] {
            let matches = command().get_matches_from(line);
            let cli = Cli::from_arg_matches(&matches).unwrap();
            assert!(matches!(cli.command, Some(Command::Doctor(args)) if args.json && !args.strict));
            assert_eq!((cli.consume.workers, cli.consume.queue.queue_name.as_str()), (9, "q"), "{line:?}");
            assert_eq!(matches.value_source("queue_name"), Some(ValueSource::CommandLine), "{line:?}");
        }
    }

    #[test]
    fn pages_are_to_be_had_and_do_not_stand_between_the_commands() {
        let help = command().render_help().to_string();
        assert!(help.contains("migrate") && !help.contains("  completions"), "{help}");
        let cli = Cli::try_parse_from(["consumer", "completions", "fish"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Pages(Pages::Completions { .. }))));
    }

    #[test]
    fn a_value_outside_its_range_is_refused_with_flag_variable_and_range() {
        let cases = [
            ("--receivers", "0", "1 to 64", "RECEIVERS"),
            ("--workers", "65", "1 to 64", "WORKERS"),
            ("--max-in-flight", "0", "1 to 100000", "MAX_IN_FLIGHT"),
            ("--batch-rows", "1001", "1 to 1000", "BATCH_ROWS"),
            ("--wait-time", "21s", "0s to 20s", "WAIT_TIME"),
            ("--visibility-timeout", "1", "2s to 12h", "VISIBILITY_TIMEOUT"),
            ("--visibility-timeout", "12h 1s", "2s to 12h", "VISIBILITY_TIMEOUT"),
            ("--shutdown-grace", "0", "1s to 1h", "SHUTDOWN_GRACE"),
            ("--admin-addr", "9090", "127.0.0.1:9090", "ADMIN_ADDR"),
        ];
        for (flag, value, range, variable) in cases {
            let error = Cli::try_parse_from(["consumer", flag, value]).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{text}");
            assert!([flag, range, variable].iter().all(|part| text.contains(part)), "{text}");
        }
    }

    fn without_environment(command: clap::Command) -> clap::Command {
        command.mut_args(|arg| arg.env(None)).mut_subcommands(without_environment)
    }

    #[test]
    fn a_queue_is_meant_wherever_it_was_typed() {
        let queue = |arguments: &[&str]| {
            // The environment that the tests run in is none of theirs.
            let command = without_environment(Cli::command());
            queue(&command.try_get_matches_from([&["consumer"], arguments].concat()).unwrap()).unwrap()
        };
        let name = |name: &str| QueueRef::Name(name.into());
        assert_eq!(queue(&["dlq", "ls", "--queue-name", "after"]), name("after"));
        assert_eq!(queue(&["--queue-name", "before", "dlq", "ls"]), name("before"));
        assert_eq!(queue(&["--queue-name", "before", "trace", "x", "--queue-name", "after"]), name("after"));
        assert_eq!(queue(&["dlq", "purge", "--all"]), name("hello-queue"));
    }

    #[test]
    fn what_moves_or_deletes_letters_says_which() {
        let parse = |arguments: &[&str]| Cli::try_parse_from([&["consumer", "dlq"], arguments].concat());
        for command in ["redrive", "purge"] {
            let error = parse(&[command]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
            let error = parse(&[command, "--all", "--reason", "x"]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
            for filter in ["--reason", "--id", "--body-contains"] {
                assert!(parse(&[command, filter, "x"]).is_ok());
                assert!(parse(&[command, filter, ""]).is_err(), "an empty {filter} fits everything");
            }
        }
    }

    #[test]
    fn the_database_url_is_no_argument() {
        let error = Cli::try_parse_from(["consumer", "--database-url", "mysql://u:p@h/d"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownArgument);
    }
}
