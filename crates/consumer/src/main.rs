//! The consumer's process: parses, starts, and turns how it ended into an exit code.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{ArgMatches, FromArgMatches};
use consumer::admin::{Admin, AdminError};
use consumer::cli::{self, Cli, Command, ConsumeArgs, DoctorArgs};
use consumer::config::{self, ConfigError};
use consumer::dlq::{self, DlqCommand};
use consumer::doctor;
use consumer::pipeline::Pipeline;
use consumer::queue::{self, SqsQueue};
use consumer::store::{self, DatabaseUrl, MysqlStore};
use consumer::trace::{self, TraceArgs};
use consumer::watchdog;
use shared::pages::Pages;
use shared::queue::QueueRef;
use shared::spans::{FLUSH, Spans};
use shared::sqs::{AccountError, Sqs};
use shared::telemetry::LogLevel;
use shared::{exit, signal};
use tokio::time::Instant;

#[tokio::main]
async fn main() -> ExitCode {
    let matches = cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let level = cli.log.init();
    let ended = match &cli.command {
        Some(Command::Migrate) => migrate(&cli).await,
        Some(Command::Doctor(args)) => examine(&cli, *args, &matches).await,
        Some(Command::Dlq(command)) => dlq(command, &matches).await,
        Some(Command::Trace(args)) => trace(args, &cli, &matches).await,
        Some(Command::Pages(pages)) => return show(pages),
        None => consume(&cli, &matches, level).await,
    };
    ended.map_or_else(|error| failed(&error), ExitCode::from)
}

fn show(pages: &Pages) -> ExitCode {
    pages.write(cli::command()).unwrap_or_else(|error| error.exit());
    ExitCode::SUCCESS
}

async fn migrate(cli: &Cli) -> anyhow::Result<u8> {
    let url = config::database_url(cli)?;
    let applied = store::migrate(&url).await?;
    tracing::info!(database = %url, applied = applied.len(), "the table is up to date");
    Ok(0)
}

async fn examine(cli: &Cli, args: DoctorArgs, matches: &ArgMatches) -> anyhow::Result<u8> {
    let url = config::database_url(cli)?;
    let queue = cli.consume.queue.wanted(matches);
    let report = doctor::examine(&cli.consume, args.consumers, &queue, &url).await;
    report.print(args.json).context("cannot write the report")?;
    Ok(report.exit_code(args.strict))
}

async fn dlq(command: &DlqCommand, matches: &ArgMatches) -> anyhow::Result<u8> {
    let stop = signal::stop_token().context("cannot listen for signals")?;
    let sqs = Sqs::load().await?;
    Ok(dlq::run(command, &cli::queue(matches)?, &sqs, &stop).await?)
}

async fn trace(args: &TraceArgs, cli: &Cli, matches: &ArgMatches) -> anyhow::Result<u8> {
    let url = config::database_url(cli)?;
    let stop = signal::stop_token().context("cannot listen for signals")?;
    let sqs = Sqs::load().await?;
    let store = MysqlStore::open(&url, 1).await?;
    Ok(trace::run(args, &cli::queue(matches)?, &sqs, &store, &stop).await?)
}

async fn consume(cli: &Cli, matches: &ArgMatches, level: LogLevel) -> anyhow::Result<u8> {
    let args = &cli.consume;
    let url = config::database_url(cli)?;
    let stop = signal::stop_token().context("cannot listen for signals")?;
    watchdog::watch();
    let admin = Admin::open(&args.admin, level).await?;
    let queue = args.queue.wanted(matches);
    let opened = stop.run_until_cancelled(Box::pin(open(args, &queue, &url))).await;
    let Some(opened) = opened else { return Ok(0) };
    let (queue, store) = opened?;
    if url.is_exposed() {
        tracing::warn!(
            "the connection to the database is not encrypted: give --database-ca-file, or add ?require_ssl=true to DATABASE_URL"
        );
    }
    let spans = Spans::start("consumer");
    let settings = config::settings(args, store.max_packet());
    tracing::info!(queue = queue.url(), database = %url, "consuming: {settings}");
    let pipeline = Pipeline::start(Arc::new(queue), Arc::new(store), settings);
    let admin = admin.map(|admin| admin.serve(pipeline.monitor()));
    let mut deadline = None;
    let stopped = async {
        stop.cancelled().await;
        deadline = Some(Instant::now() + settings.shutdown_grace);
    };
    let report = pipeline.until(stopped).await?;
    if let Some(admin) = admin {
        admin.end().await;
    }
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    spans.end(left.unwrap_or(FLUSH).min(FLUSH)).await;
    tracing::info!("ended: {report}");
    Ok(if report.is_drained() { 0 } else { exit::ABANDONED })
}

async fn open(
    args: &ConsumeArgs,
    queue: &QueueRef,
    url: &DatabaseUrl,
) -> anyhow::Result<(SqsQueue, MysqlStore)> {
    let sqs = Sqs::load().await?;
    let queue = SqsQueue::open(&sqs, queue, config::wait_time(args), args.visibility_timeout).await?;
    // One more to look with, while all workers hold theirs.
    let store = MysqlStore::open(url, args.workers + 1).await?;
    Ok((queue, store))
}

/// One line, and the exit code: whether to change something first, or to try again.
fn failed(error: &anyhow::Error) -> ExitCode {
    tracing::error!("{error:#}");
    let usage = error.is::<ConfigError>()
        || error.is::<AdminError>()
        || error.downcast_ref::<dlq::Error>().is_some_and(dlq::Error::is_usage)
        || error.downcast_ref::<trace::Error>().is_some_and(trace::Error::is_usage)
        || error.downcast_ref::<AccountError>().is_some_and(|error| !error.is_passing())
        || error.downcast_ref::<queue::OpenError>().is_some_and(|error| !error.is_passing())
        || error.downcast_ref::<store::OpenError>().is_some_and(|error| !error.is_passing());
    ExitCode::from(if usage { exit::USAGE } else { exit::FAILED })
}
