//! What operators do beside running a worker: migrate, doctor, dlq, trace.

use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches, Subcommand};
use engine::settings::Settings;
use mysql::connection::url::DatabaseUrl;
use mysql::mapping::Mapping;
use mysql::migrate;
use mysql::store::MysqlStore;
use ops::dlq::{self, DlqCommand};
use ops::doctor::{self, Plan};
use ops::trace::{self, TraceArgs};
use runtime::completions::Pages;
use runtime::queue::QueueArgs;
use runtime::{signal, value_parser};
use shared::queue::QueueRef;
use sqs::client::Sqs;

use super::{DatabaseArgs, Failure};

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

/// What a command works on.
#[derive(Debug)]
pub struct Place<'a> {
    /// The queue that is meant.
    pub queue: QueueRef,
    /// The database that is meant.
    pub database: &'a DatabaseArgs,
    /// What consumers are going to be like, for `doctor`.
    pub settings: Settings,
    /// The mapping that they are given, for `doctor`.
    pub mapping: Option<&'a Path>,
}

impl Command {
    /// Carries it out. Returns the exit code. Pages are for the program to write.
    ///
    /// # Errors
    /// Returns an error in words for whoever typed the command.
    pub async fn run(&self, place: &Place<'_>) -> Result<u8, Failure> {
        match self {
            Self::Migrate => migrate(&place.database.url()?).await,
            Self::Doctor(args) => examine(*args, place).await,
            Self::Dlq(command) => dlq(command, place).await,
            Self::Trace(args) => trace(args, place).await,
            Self::Pages(_) => Ok(0),
        }
    }
}

async fn migrate(url: &DatabaseUrl) -> Result<u8, Failure> {
    let applied = migrate::migrate(url).await?;
    tracing::info!(database = %url, applied = applied.len(), "the table is up to date");
    Ok(0)
}

async fn examine(args: DoctorArgs, place: &Place<'_>) -> Result<u8, Failure> {
    let url = place.database.url()?;
    let mapping = place.mapping.map(Mapping::read);
    let plan = Plan { settings: place.settings, consumers: args.consumers, mapping };
    let report = Box::pin(doctor::examine(&plan, &place.queue, &url)).await;
    report.print(args.json).map_err(Failure::Report)?;
    Ok(report.exit_code(args.strict))
}

async fn dlq(command: &DlqCommand, place: &Place<'_>) -> Result<u8, Failure> {
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    let sqs = Sqs::load().await?;
    Ok(dlq::run(command, &place.queue, &sqs, &stop).await?)
}

async fn trace(args: &TraceArgs, place: &Place<'_>) -> Result<u8, Failure> {
    let url = place.database.url()?;
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    let sqs = Sqs::load().await?;
    let store = MysqlStore::open(&url, 1).await?;
    Ok(trace::run(args, &place.queue, &sqs, &store, &stop).await?)
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
