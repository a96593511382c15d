//! Failovers that leave the old writer up, read-only, and with every connection that it has.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use tokio::time::{Instant, sleep};

use super::pair::Pair;
use crate::fleet::Fleet;
use crate::process::Process;
use crate::reconciliation::Reconciliation;
use crate::spare::{ADMIN, NARROW};
use crate::test_env::{self, TestEnv};

/// From a failover to the first row on the new writer.
const SOON: Duration = Duration::from_secs(10);
/// For the last row.
const PATIENCE: Duration = Duration::from_mins(1);

/// How it went.
#[derive(Clone, Debug)]
pub struct Failovers {
    /// How many there were.
    pub count: usize,
    /// The longest time from a failover to the first row on the new writer.
    pub slowest: Duration,
    /// What was sent against what is there.
    pub reconciliation: Reconciliation,
    /// Messages on the dead-letter queue; none is at fault.
    pub dead_letters: usize,
}

impl Failovers {
    /// Whether nothing was lost, doubled or given up, and rows came soon.
    pub fn is_clean(&self) -> bool {
        self.reconciliation.is_clean() && self.dead_letters == 0 && self.slowest <= SOON
    }
}

/// Fails over again and again for `time`; `None` where there are no two servers.
pub(super) async fn run(time: Duration, rate: u32, tell: &impl Fn(&str)) -> Result<Option<Failovers>> {
    let Some(mut pair) = Pair::start().await? else {
        tell("no failovers: there is no database server's program here, and CHAOS_PAIR names no two servers");
        return Ok(None);
    };
    tell("now failovers between two servers; connections stay with the old one");
    let base = format!("mysql://{ADMIN}@{}/mysql", pair.address());
    let env = TestEnv::at(&base, test_env::sqs().await?, "failover", 5).await?;
    Process::migrate(&env).await?;
    let narrow = env.database_url.replace(ADMIN, NARROW);
    let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.* TO narrow", env.schema()?);
    env.connect().await?.query_drop(grant).await?;
    let arguments = ["--wait-time", "1s", "--admin-addr", "off"].map(str::to_owned).to_vec();
    let mut fleet = Fleet::start(&env, 2, arguments, vec![("DATABASE_URL".to_owned(), narrow)])?;
    let mut sender = Process::start(&env, "sender", &["--rate", &rate.to_string()])?;
    more_rows(&env).await?;

    let (began, mut count, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while began.elapsed() < time || count < 2 {
        pair.fail_over().await?;
        let moved = Instant::now();
        more_rows(&env).await.with_context(|| fleet.tails())?;
        slowest = slowest.max(moved.elapsed());
        count += 1;
        sleep(Duration::from_secs(2)).await;
    }
    sender.stop().await?;
    let quiet = Instant::now();
    while env.left().await? > 0 && quiet.elapsed() < PATIENCE {
        sleep(Duration::from_millis(100)).await;
    }
    fleet.stop().await?;
    let sent: Vec<_> = sender.confirmed()?.iter().map(|number| format!("hello world {number}")).collect();
    let rows: Vec<_> = env.rows().await?.into_iter().map(|row| row.message).collect();
    let reconciliation = Reconciliation::take(&sent, &rows, env.left().await?);
    let dead_letters = env.take_dead_letters().await?.len();
    env.remove().await?;
    Ok(Some(Failovers { count, slowest, reconciliation, dead_letters }))
}

/// Waits for a row more than there are, where new connections go.
pub(super) async fn more_rows(env: &TestEnv) -> Result<()> {
    let (began, before) = (Instant::now(), env.count().await?);
    while env.count().await? <= before {
        ensure!(began.elapsed() < PATIENCE, "no row within {PATIENCE:?}");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
