//! What a message costs in allocations, from the poll to the delete: a figure that a busy machine
//! does not change, so that one can tell when the hot path got dearer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use engine::batch::BatchLimits;
use engine::delivery::Delivery;
use engine::handler::Handler;
use engine::pipeline;
use engine::settings::Settings;
use engine::verdict::{Unavailable, Verdict};
use mysql::store::MysqlStore;
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::queue::QueueRef;
use sqs::client::Sqs;
use sqs::queue::SqsQueue;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// As measured, a message. Whoever makes them less lowers them; whoever needs more says why.
const ALLOCATIONS: u64 = 88;
const BYTES: u64 = 14_300;
/// Batches are not the same in each run.
const TOLERANCE_PERCENT: u64 = 5;

const MESSAGES: usize = 2_000;
const LONGEST: Duration = Duration::from_secs(100);

/// The store, and a signal when it has seen everything.
struct Counted {
    store: MysqlStore,
    seen: AtomicUsize,
    all: CancellationToken,
}

impl Handler for Counted {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let verdicts = self.store.handle(batch).await;
        if self.seen.fetch_add(batch.len(), Ordering::Relaxed) + batch.len() >= MESSAGES {
            self.all.cancel();
        }
        verdicts
    }

    async fn look(&self) -> Result<(), Unavailable> {
        self.store.look().await
    }
}

#[test]
fn a_message_takes_no_more_allocations_than_it_did() -> Result<()> {
    // One thread does all the work, and its allocations are counted.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let env = runtime.block_on(async { timeout(LONGEST, filled_bed()).await })??;
    let (queue, handler) = runtime.block_on(async { timeout(LONGEST, open(&env)).await })??;
    let mut drained = Err(anyhow::anyhow!("it did not run"));
    let counted = allocation_counter::measure(|| drained = drain(&runtime, queue, handler));
    drained?;
    ensure!(runtime.block_on(env.count())? == MESSAGES, "not everything was stored");
    compare("allocations", counted.count_total, ALLOCATIONS)?;
    compare("bytes allocated", counted.bytes_total, BYTES)?;
    runtime.block_on(env.remove())
}

fn compare(what: &str, counted: u64, measured: u64) -> Result<()> {
    let (each, most) = (counted / MESSAGES as u64, measured * (100 + TOLERANCE_PERCENT) / 100);
    eprintln!("{what} a message: {each}, at the most {most}");
    ensure!(
        each <= most,
        "a message takes {each} {what}, {most} at the most: find what was added to the hot path, \
         or raise the figure in {} and say why",
        file!()
    );
    Ok(())
}

async fn filled_bed() -> Result<TestEnv> {
    let env = TestEnv::new(10).await?;
    Process::migrate(&env).await?;
    let count = MESSAGES.to_string();
    let mut sender = Process::start(&env, "sender", &["--rate", "max", "--count", &count])?;
    let ended = sender.ended(LONGEST).await?;
    ensure!(ended.success(), "the sender failed: {}", sender.tail());
    Ok(env)
}

async fn open(env: &TestEnv) -> Result<(SqsQueue, Counted)> {
    let queue = QueueRef::Url(env.queue_url.clone());
    let (wait, visibility) = (Duration::from_secs(1), Duration::from_secs(30));
    let queue = SqsQueue::open(&Sqs::load().await?, &queue, wait, visibility).await?;
    let store = MysqlStore::open(&env.database_url.parse()?, 5).await?;
    Ok((queue, Counted { store, seen: AtomicUsize::new(0), all: CancellationToken::new() }))
}

fn drain(runtime: &Runtime, queue: SqsQueue, handler: Counted) -> Result<()> {
    let settings = Settings {
        receivers: 8,
        workers: 4,
        max_in_flight: 1_000,
        batch: BatchLimits { rows: 100, bytes: 1 << 20 },
        visibility_timeout: Duration::from_secs(30),
        wait_time: Duration::from_secs(1),
        poll_linger: Duration::ZERO,
        reject_limit: 0,
        handler_timeout: LONGEST,
        shutdown_grace: Duration::from_secs(20),
        ..Settings::default()
    };
    let all = handler.all.clone();
    let run = pipeline::run(Arc::new(queue), Arc::new(handler), settings, all.cancelled_owned());
    let report = runtime.block_on(async { timeout(LONGEST, run).await }).context("it did not end")??;
    ensure!(report.is_drained(), "{report}");
    Ok(())
}
