//! The consumer's process: parses, starts, and turns how it ended into an exit code.

use std::process::ExitCode;

use acquit::cli::{Command, Failure, LogLevel, Pages, Place, exit, threads};
use acquit::database::{DatabaseUrl, MappedTable, Mapping, MysqlStore};
use acquit::handler::{BatchLimits, Settings};
use acquit::{StartError, Worker};
use clap::{ArgMatches, FromArgMatches};
use consumer::cli::{self, Cli, Task};
use consumer::config;

fn main() -> ExitCode {
    let matches = cli::matches().unwrap_or_else(|error| error.exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(Task::Operate(Command::Pages(pages))) = &cli.command {
        return show(pages);
    }
    let level = cli.log.init();
    exit::of(threads::block_on(run(&cli, &matches, level)).unwrap_or_else(|error| Err(error.into())))
}

fn show(pages: &Pages) -> ExitCode {
    pages.write(cli::command()).unwrap_or_else(|error| error.exit());
    ExitCode::SUCCESS
}

async fn run(cli: &Cli, matches: &ArgMatches, level: LogLevel) -> Result<u8, Failure> {
    let command = match &cli.command {
        None => return consume(cli, matches, level).await,
        Some(Task::Mapping(command)) => return command.run(&cli.database).await,
        Some(Task::Operate(command)) => command,
    };
    let queue = match command {
        Command::Dlq(_) | Command::Trace(_) => acquit::cli::queue(matches)?,
        _ => cli.consume.queue.resolve(matches),
    };
    let settings = config::options(&cli.consume).settings;
    let mapping = cli.consume.mapping.as_deref();
    let place = Place { queue, database: &cli.database, settings, mapping };
    command.run(&place).await
}

async fn consume(cli: &Cli, matches: &ArgMatches, level: LogLevel) -> Result<u8, Failure> {
    let args = &cli.consume;
    let mapping = args.mapping.as_deref().map(Mapping::read).transpose()?;
    let url = cli.database.url()?;
    let admin = args.admin.open(level).await?;
    let need = ("database", format!("the database at {url}"));
    let connections = args.workers + 1;
    let worker = Worker::with(config::options(args)).service("consumer").admin(admin);
    let queue = args.queue.resolve(matches);
    let worker = match mapping {
        None => worker.open_handler(queue, need, move |settings| {
            let url = url.clone();
            async move { open(&url, connections, settings).await }
        }),
        Some(mapping) => worker.open_handler(queue, need, move |settings| {
            let (url, mapping) = (url.clone(), mapping.clone());
            async move { open_mapped(mapping, &url, connections, settings).await }
        }),
    };
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
    let settings = opened(url, store.max_packet(), settings);
    Ok((store, settings))
}

/// The same for a table of the user's own.
async fn open_mapped(
    mapping: Mapping,
    url: &DatabaseUrl,
    connections: usize,
    settings: Settings,
) -> Result<(MappedTable, Settings), StartError> {
    let table = MappedTable::open(mapping, url, connections).await?;
    let settings = opened(url, table.max_packet(), settings);
    Ok((table, settings))
}

/// Says so, and returns settings whose batches fit into the server's packets.
fn opened(url: &DatabaseUrl, max_packet: usize, settings: Settings) -> Settings {
    if url.is_exposed() {
        tracing::warn!(
            "the connection to the database is not encrypted: give --database-ca-file, or add ?require_ssl=true to DATABASE_URL"
        );
    }
    tracing::info!(database = %url, "the database is open");
    let bytes = settings.batch.bytes.min(max_packet / 2);
    let batch = BatchLimits { bytes, ..settings.batch };
    Settings { batch, ..settings }
}
