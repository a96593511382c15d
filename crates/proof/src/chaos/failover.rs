//! Failovers that leave the old writer up, read-only, and with every connection that it has.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use tokio::time::{Instant, sleep};

use super::pair::Pair;
use crate::bed::{self, Bed};
use crate::census::Census;
use crate::fleet::Fleet;
use crate::process::Process;
use crate::spare::{ADMIN, NARROW};

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
    pub census: Census,
    /// Messages on the dead-letter queue; none is at fault.
    pub dead_letters: usize,
}

impl Failovers {
    /// Whether nothing was lost, doubled or given up, and rows came soon.
    pub fn is_clean(&self) -> bool {
        self.census.is_clean() && self.dead_letters == 0 && self.slowest <= SOON
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
    let bed = Bed::at(&base, bed::sqs().await?, "failover", 5).await?;
    Process::migrate(&bed).await?;
    let narrow = bed.database_url.replace(ADMIN, NARROW);
    let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.* TO narrow", bed.schema()?);
    bed.connect().await?.query_drop(grant).await?;
    let arguments = ["--wait-time", "1s", "--admin-addr", "off"].map(str::to_owned).to_vec();
    let mut fleet = Fleet::start(&bed, 2, arguments, vec![("DATABASE_URL".to_owned(), narrow)])?;
    let mut sender = Process::start(&bed, "sender", &["--rate", &rate.to_string()])?;
    more_rows(&bed).await?;

    let (began, mut count, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while began.elapsed() < time || count < 2 {
        pair.fail_over().await?;
        let moved = Instant::now();
        more_rows(&bed).await.with_context(|| fleet.tails())?;
        slowest = slowest.max(moved.elapsed());
        count += 1;
        sleep(Duration::from_secs(2)).await;
    }
    sender.stop().await?;
    let quiet = Instant::now();
    while bed.left().await? > 0 && quiet.elapsed() < PATIENCE {
        sleep(Duration::from_millis(100)).await;
    }
    fleet.stop().await?;
    let sent: Vec<_> = sender.confirmed()?.iter().map(|number| format!("hello world {number}")).collect();
    let rows: Vec<_> = bed.rows().await?.into_iter().map(|row| row.message).collect();
    let census = Census::take(&sent, &rows, bed.left().await?);
    let dead_letters = bed.take_dead_letters().await?.len();
    bed.remove().await?;
    Ok(Some(Failovers { count, slowest, census, dead_letters }))
}

/// Waits for a row more than there are, where new connections go.
pub(super) async fn more_rows(bed: &Bed) -> Result<()> {
    let (began, before) = (Instant::now(), bed.count().await?);
    while bed.count().await? <= before {
        ensure!(began.elapsed() < PATIENCE, "no row within {PATIENCE:?}");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
