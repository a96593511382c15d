//! A quiet tenant on a standard queue, alone, and beside one that sends nine messages of ten.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};

use crate::filling::send_as;
use crate::running::Running;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, number, percentile};
use crate::subject::Subject;
use crate::table::Table;

/// Messages of the quiet tenant, and how many a second; the noisy one sends so many times that.
const MESSAGES: usize = 400;
const RATE: usize = 20;
const NOISE: usize = 9;
/// Messages of one tenant that the consumer holds at the most.
const PER_GROUP: &str = "50";
/// The numbers of the noisy tenant's messages begin here.
const NOISY: &str = "1000000";
/// From the last send to the last row.
const LONGEST: Duration = Duration::from_mins(1);

/// Milliseconds from send to row that all but one in a hundred of the quiet tenant's messages take,
/// round by round.
#[derive(Debug)]
pub struct Tenants {
    alone: Vec<f64>,
    beside: Vec<f64>,
}

impl Tenants {
    /// Has the noisy tenant be there in turns.
    pub async fn measure(site: &Site, rounds: usize) -> Result<Self> {
        let mut seen = Self { alone: Vec::new(), beside: Vec::new() };
        for _ in 0..rounds {
            let (alone, beside) = (once(site, false).await?, once(site, true).await?);
            progress(format_args!(
                "a quiet tenant: p99 {alone:.1} ms alone, {beside:.1} ms beside a noisy one"
            ));
            seen.alone.push(alone);
            seen.beside.push(beside);
        }
        Ok(seen)
    }

    /// Beside the noisy tenant against alone, round by round.
    pub fn ratio(&self) -> Option<f64> {
        Some(Spread::of(self.beside.iter().zip(&self.alone).map(|(beside, alone)| beside / alone))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading = format!("{RATE} messages/s of a quiet tenant, `--max-in-flight-per-group {PER_GROUP}`");
        let mut table = Table::new([&heading, "send to row, p99 ms", "× alone"]);
        let ratio = self.ratio().map(|ratio| number(ratio, 2)).unwrap_or_default();
        let beside = format!("beside one with {NOISE} times as many");
        for (name, times, ratio) in [("alone", &self.alone, "1.00"), (&*beside, &self.beside, &*ratio)] {
            let times = Spread::of(times.iter().copied()).map(|spread| spread.text(1)).unwrap_or_default();
            table.row([name.to_owned(), times, ratio.to_owned()]);
        }
        table
    }
}

/// One turn; returns the quiet tenant's p99.
async fn once(site: &Site, is_noisy: bool) -> Result<f64> {
    let bed = site.bed().await?;
    let variables = [("MAX_IN_FLIGHT_PER_GROUP", PER_GROUP)];
    let mut running = Subject::ours()?.start_with(&bed, &site.endpoint, &variables)?;
    let send = |tenant, rate: usize, messages, first| {
        let variables = [("GROUP", tenant), ("START", first)];
        send_as(&bed, &site.endpoint, &rate.to_string(), messages, &variables)
    };
    let mut senders = vec![send("quiet", RATE, MESSAGES, "1")?];
    if is_noisy {
        senders.push(send("noisy", RATE * NOISE, MESSAGES * NOISE, NOISY)?);
    }
    for sender in &mut senders {
        all_sent(sender).await?;
    }
    all_stored(&bed, &mut running, if is_noisy { MESSAGES * (1 + NOISE) } else { MESSAGES }).await?;
    running.kill().await?;
    let lags = lags(&bed).await?;
    ensure!(lags.len() == MESSAGES, "{} rows of the quiet tenant", lags.len());
    bed.remove().await?;
    Ok(percentile(&lags, 0.99).unwrap_or(f64::NAN))
}

async fn all_sent(sender: &mut Process) -> Result<()> {
    let ended = sender.ended(LONGEST * 2).await?;
    ensure!(ended.success(), "a sender failed: {}", sender.tail());
    Ok(())
}

async fn all_stored(bed: &TestEnv, running: &mut Running, messages: usize) -> Result<()> {
    let sent = Instant::now();
    while bed.count().await? < messages {
        running.check()?;
        ensure!(sent.elapsed() < LONGEST, "not all that was sent is stored: {}", running.tail());
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Milliseconds from the send to the insert, sorted: a message's id begins with the time of its making,
/// just before the send.
async fn lags(bed: &TestEnv) -> Result<Vec<f64>> {
    let query = "SELECT CAST(UNIX_TIMESTAMP(created_at) * 1000 AS DOUBLE)
        - CONV(HEX(LEFT(id, 6)), 16, 10) lag FROM messages
        WHERE CAST(SUBSTRING(message, 13) AS UNSIGNED) < 1000000 ORDER BY lag";
    Ok(bed.connect().await?.query(query).await?)
}
