//! The consumer's process: parses, starts, and turns how it ended into an exit code.

use std::process::ExitCode;

use acquit::handler::{BatchLimits, Settings};
use acquit::{StartError, Worker};
use clap::{ArgMatches, FromArgMatches};
use consumer::cli::{self, Cli, Command, DoctorArgs};
use consumer::config;
use consumer::failure::Failure;
use mysql::connection::url::DatabaseUrl;
use mysql::migrate;
use mysql::store::MysqlStore;
use ops::dlq::{self, DlqCommand};
use ops::doctor::{self, Plan};
use ops::trace::{self, TraceArgs};
use runtime::completions::Pages;
use runtime::exit::Ends;
use runtime::logging::LogLevel;
use runtime::{signal, threads};
use sqs::client::Sqs;

fn main() -> ExitCode {
    let matches = cli::matches().unwrap_or_else(|error| error.exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(Command::Pages(pages)) = &cli.command {
        return show(pages);
    }
    let level = cli.log.init();
    let ended = threads::block_on(run(&cli, &matches, level)).unwrap_or_else(|error| Err(error.into()));
    ended.map_or_else(|failure| failed(&failure), ExitCode::from)
}

fn show(pages: &Pages) -> ExitCode {
    pages.write(cli::command()).unwrap_or_else(|error| error.exit());
    ExitCode::SUCCESS
}

/// One line, and the exit code: whether to change something first, or to try again.
fn failed(failure: &Failure) -> ExitCode {
    tracing::error!("{failure}");
    failure.exit_code().into()
}

async fn run(cli: &Cli, matches: &ArgMatches, level: LogLevel) -> Result<u8, Failure> {
    match &cli.command {
        Some(Command::Migrate) => migrate(cli).await,
        Some(Command::Doctor(args)) => examine(cli, *args, matches).await,
        Some(Command::Dlq(command)) => dlq(command, matches).await,
        Some(Command::Trace(args)) => trace(args, cli, matches).await,
        Some(Command::Pages(_)) => Ok(0),
        None => consume(cli, matches, level).await,
    }
}

async fn migrate(cli: &Cli) -> Result<u8, Failure> {
    let url = config::database_url(cli)?;
    let applied = migrate::migrate(&url).await?;
    tracing::info!(database = %url, applied = applied.len(), "the table is up to date");
    Ok(0)
}

async fn examine(cli: &Cli, args: DoctorArgs, matches: &ArgMatches) -> Result<u8, Failure> {
    let url = config::database_url(cli)?;
    let queue = cli.consume.queue.resolve(matches);
    // As large as it gets: what the server takes is among the checks.
    let settings = config::options(&cli.consume).settings;
    let plan = Plan { settings, wait_time: cli.consume.wait_time, consumers: args.consumers };
    let report = doctor::examine(&plan, &queue, &url).await;
    report.print(args.json).map_err(Failure::Report)?;
    Ok(report.exit_code(args.strict))
}

async fn dlq(command: &DlqCommand, matches: &ArgMatches) -> Result<u8, Failure> {
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    let sqs = Sqs::load().await?;
    Ok(dlq::run(command, &cli::queue(matches)?, &sqs, &stop).await?)
}

async fn trace(args: &TraceArgs, cli: &Cli, matches: &ArgMatches) -> Result<u8, Failure> {
    let url = config::database_url(cli)?;
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    let sqs = Sqs::load().await?;
    let store = MysqlStore::open(&url, 1).await?;
    Ok(trace::run(args, &cli::queue(matches)?, &sqs, &store, &stop).await?)
}

async fn consume(cli: &Cli, matches: &ArgMatches, level: LogLevel) -> Result<u8, Failure> {
    let args = &cli.consume;
    let url = config::database_url(cli)?;
    let admin = args.admin.open(level).await?;
    let need = ("database", format!("the database at {url}"));
    let connections = args.workers + 1;
    let worker = Worker::with(config::options(args)).service("consumer").admin(admin);
    let worker = worker.open_handler(args.queue.resolve(matches), need, move |settings| {
        let url = url.clone();
        async move { open(&url, connections, settings).await }
    });
    Ok(worker.try_run().await?)
}

/// Opens the store with as many connections as there are workers, and one more for looks at the
/// database while all of them hold theirs.
async fn open(
    url: &DatabaseUrl,
    connections: usize,
    settings: Settings,
) -> Result<(MysqlStore, Settings), StartError> {
    let store = MysqlStore::open(url, connections).await?;
    if url.is_exposed() {
        tracing::warn!(
            "the connection to the database is not encrypted: give --database-ca-file, or add ?require_ssl=true to DATABASE_URL"
        );
    }
    tracing::info!(database = %url, "the database is open");
    let bytes = settings.batch.bytes.min(store.max_packet() / 2);
    let batch = BatchLimits { bytes, ..settings.batch };
    Ok((store, Settings { batch, ..settings }))
}
