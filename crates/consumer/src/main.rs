//! The consumer's process: parses, starts, and turns how it ended into an exit code.

use std::process::ExitCode;
use std::sync::Arc;

use admin::Server;
use clap::{ArgMatches, FromArgMatches};
use consumer::cli::{self, Cli, Command, ConsumeArgs, DoctorArgs};
use consumer::failure::Failure;
use consumer::{config, start};
use engine::monitor::Startup;
use engine::pipeline::Pipeline;
use engine::settings::{Settings, fitting_wait};
use mysql::connection::url::DatabaseUrl;
use mysql::migrate;
use mysql::store::MysqlStore;
use ops::dlq::{self, DlqCommand};
use ops::doctor::{self, Plan};
use ops::trace::{self, TraceArgs};
use otel::provider::{FLUSH, Spans};
use runtime::completions::Pages;
use runtime::exit::{self, Ends};
use runtime::logging::LogLevel;
use runtime::{signal, threads, watchdog};
use shared::queue::QueueRef;
use sqs::client::Sqs;
use sqs::queue::SqsQueue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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
    let settings = config::settings(&cli.consume, usize::MAX);
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
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    watchdog::watch();
    let startup = Arc::new(Startup::new());
    let server = args.admin.open(level).await?.map(|admin| admin.begin(startup.clone()));
    let queue = args.queue.resolve(matches);
    let opened = stop.run_until_cancelled(Box::pin(open(args, &startup, &queue, &url))).await;
    let Some(opened) = opened else {
        tracing::info!("ended before it began to consume");
        return Ok(0);
    };
    let (queue, store) = opened?;
    if url.is_exposed() {
        tracing::warn!(
            "the connection to the database is not encrypted: give --database-ca-file, or add ?require_ssl=true to DATABASE_URL"
        );
    }
    let settings = config::settings(args, store.max_packet());
    tracing::info!(queue = queue.url(), database = %url, "consuming: {settings}");
    work(queue, store, settings, server, &stop).await
}

/// Moves messages until `stop`, seen through `server`.
async fn work(
    queue: SqsQueue,
    store: MysqlStore,
    settings: Settings,
    server: Option<Server>,
    stop: &CancellationToken,
) -> Result<u8, Failure> {
    let spans = Spans::start("consumer");
    let pipeline = Pipeline::start(Arc::new(queue), Arc::new(store), settings);
    if let Some(server) = &server {
        server.show(pipeline.monitor());
    }
    let mut deadline = None;
    let stopped = async {
        stop.cancelled().await;
        deadline = Some(Instant::now() + settings.shutdown_grace);
    };
    let report = pipeline.until(stopped).await?;
    if let Some(server) = server {
        server.end().await;
    }
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    spans.end(left.unwrap_or(FLUSH).min(FLUSH)).await;
    tracing::info!("ended: {report}");
    Ok(if report.is_drained() { 0 } else { exit::ABANDONED })
}

/// Opens both at once: a denial by one is not kept waiting by the other.
async fn open(
    args: &ConsumeArgs,
    startup: &Startup,
    queue: &QueueRef,
    url: &DatabaseUrl,
) -> Result<(SqsQueue, MysqlStore), Failure> {
    let open_queue = async || {
        let sqs = Sqs::load().await?;
        let wait = fitting_wait(args.wait_time, args.shutdown_grace);
        Ok(SqsQueue::open(&sqs, queue, wait, args.visibility_timeout).await?)
    };
    // One more than there are workers, for looks at the database while all of them hold theirs.
    let open_store = async || Ok(MysqlStore::open(url, args.workers + 1).await?);
    let what = format!("the database at {url}");
    tokio::try_join!(
        start::open(startup, args.fail_fast, ("queue", "SQS"), open_queue),
        start::open(startup, args.fail_fast, ("database", &what), open_store)
    )
}
