//! `sender relay`: sends what lies in the table `outbox`, until it is stopped.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use acquit::StartError;
use acquit::admin::{Admin, AdminAddr, Server};
use acquit::cli::{DatabaseArgs, Failure, Level, LogLevel, admin_addr, exit, threads};
use acquit::database::DatabaseUrl;
use acquit::outbox::{MysqlOutbox, Relay, RelayStats, SqsQueues};
use engine::monitor::Startup;
use otel::provider::{FLUSH, Spans};
use runtime::patience::until_there;
use runtime::{signal, watchdog};
use sqs::client::Sqs;
use tokio::time::sleep;

/// Between two looks at how the relay is.
const LOOK: Duration = Duration::from_secs(1);
/// The check of `/readyz`.
const CHECK: &str = "outbox";

/// What to relay, and what shows it.
#[derive(Clone, Debug, clap::Args)]
pub struct RelayArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where /metrics, /livez and /readyz are, an IP:PORT or `off` [default: 127.0.0.1:9090, or any free
    /// port where that is taken]
    #[arg(long, env = "ADMIN_ADDR", value_name = "ADDRESS", default_value = "", hide_default_value = true, value_parser = admin_addr)]
    admin_addr: AdminAddr,
    /// Put up to ten messages of one group into one call on FIFO queues, too. Where SQS fails one of them
    /// and takes the next, they change places
    #[arg(long, env = "BATCH_GROUPS")]
    batch_groups: bool,
}

/// Relays until the first signal. Returns the exit code.
pub fn main(args: &RelayArgs, level: LogLevel) -> ExitCode {
    exit::of(threads::block_on(run(args, level)).unwrap_or_else(|error| Err(error.into())))
}

async fn run(args: &RelayArgs, level: LogLevel) -> Result<u8, Failure> {
    let url = args.database.url()?;
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    watchdog::watch();
    let (spans, startup, stats) = (Spans::start("relay"), Arc::new(Startup::new()), Arc::default());
    let server = args.serve(level, startup.clone(), Arc::clone(&stats)).await?;
    if let Some(opened) = stop.run_until_cancelled(Box::pin(open(&url, &startup))).await {
        let (outbox, sqs) = opened?;
        let relay = Relay::new(outbox, SqsQueues::new(sqs)).batch_groups(args.batch_groups);
        stats.set(relay.stats()).ok();
        tracing::info!(database = %url, "relaying what lies in the table `outbox`");
        let shown = tokio::spawn(show(relay.stats(), startup));
        relay.run(stop).await.map_err(StartError::from)?;
        shown.abort();
    }
    spans.end(FLUSH).await;
    if let Some(server) = server {
        server.end().await;
    }
    tracing::info!("ended: {} messages relayed", stats.get().map_or(0, |stats| stats.counts().relayed));
    Ok(0)
}

type Stats = Arc<std::sync::OnceLock<Arc<RelayStats>>>;

impl RelayArgs {
    async fn serve(
        &self,
        level: LogLevel,
        startup: Arc<Startup>,
        stats: Stats,
    ) -> Result<Option<Server>, Failure> {
        let admin = Admin::open(self.admin_addr).await;
        let admin = admin.map_err(|(address, error)| StartError::Admin(address, error))?;
        let counted = Arc::clone(&stats);
        let families = move || counted.get().map_or(Vec::new(), |relay| relay.families());
        let shown = move || stats.get().map(|relay| relay.status());
        let offer = |admin: Admin| admin.with_families(families).with_status("outbox", shown);
        Ok(admin.map(|admin| offer(admin).with_log_level(Level(level)).begin(startup)))
    }
}

/// Waits for database, credentials and SQS for as long as they are away.
async fn open(url: &DatabaseUrl, startup: &Startup) -> Result<(MysqlOutbox, Sqs), Failure> {
    startup.opening(CHECK, &format!("the database at {url}"));
    let open = || async { Ok::<_, StartError>((MysqlOutbox::open(url).await?, Sqs::load().await?)) };
    let opened = until_there("the outbox", open, |error| startup.failed(CHECK, error)).await?;
    startup.opened(CHECK);
    startup.over();
    Ok(opened)
}

/// Has `/readyz` say how the relay is.
async fn show(stats: Arc<RelayStats>, startup: Arc<Startup>) {
    loop {
        match stats.trouble() {
            Some(trouble) => {
                startup.opening(CHECK, "the table `outbox`");
                startup.failed(CHECK, &trouble);
            }
            None => startup.opened(CHECK),
        }
        sleep(LOOK).await;
    }
}
