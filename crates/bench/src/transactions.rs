//! How fast jobs with a transaction of their own are, beside a plain loop that does the same.

use anyhow::{Result, ensure};
use mysql_async::prelude::Queryable;
use proof::seats::{Reservation, create, send};
use proof::test_env::TestEnv;
use tokio::task::JoinSet;

use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

/// A transaction takes ten times as long as a row of a batch.
const MOST: usize = 10_000;
/// Calls at a time.
const SENDERS: usize = 4;

/// One subject over all rounds.
#[derive(Clone, Debug)]
struct Line {
    subject: &'static str,
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Transactions {
    site: &'static str,
    messages: usize,
    worker: Line,
    plain: Line,
}

impl Transactions {
    /// Has the worker and the plain loop take turns, each with a queue and tables of its own.
    pub async fn measure(site: &Site, rounds: usize, messages: usize) -> Result<Self> {
        let (messages, worker, plain) = (messages.min(MOST), Subject::tx_worker()?, Subject::tx_loop()?);
        let line = |subject: &Subject| Line { subject: subject.name, rates: Vec::new(), cpu: Vec::new() };
        let mut lines = [line(&worker), line(&plain)];
        // Emulators are slow at what they do for the first time.
        once(site, &worker, &mut line(&worker), messages).await?;
        for round in 0..rounds {
            // Whoever comes first in one round comes last in the next.
            for turn in [round % 2, (round + 1) % 2] {
                once(site, [&worker, &plain][turn], &mut lines[turn], messages).await?;
            }
        }
        let [worker, plain] = lines;
        Ok(Self { site: site.name, messages, worker, plain })
    }

    /// Transactions a second of the worker's.
    pub fn rate(&self) -> Option<f64> {
        Some(Spread::of(self.worker.rates.iter().copied())?.median)
    }

    /// Those against the plain loop's, round by round.
    pub fn ratio(&self) -> Option<f64> {
        let rounds = self.worker.rates.iter().zip(&self.plain.rates);
        Some(Spread::of(rounds.map(|(worker, plain)| worker / plain))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading = format!("a transaction each, {}, median (min–max)", self.site);
        let mut table =
            Table::new([&heading, "messages", "transactions/s", "worker is × as fast", "CPU µs each"]);
        let ratio = self.ratio().map(|ratio| number(ratio, 2)).unwrap_or_default();
        for (line, ratio) in [(&self.worker, "1.00"), (&self.plain, ratio.as_str())] {
            let spread = |values: &[f64]| Spread::of(values.iter().copied()).map(|spread| spread.text(0));
            table.row([
                line.subject.to_owned(),
                number(count(self.messages), 0),
                spread(&line.rates).unwrap_or_default(),
                ratio.to_owned(),
                spread(&line.cpu).unwrap_or_default(),
            ]);
        }
        table
    }
}

/// One turn, in which each message takes effect once.
async fn once(site: &Site, subject: &Subject, line: &mut Line, messages: usize) -> Result<()> {
    let bed = site.bed().await?;
    create(&mut bed.connect().await?, u32::try_from(messages)?).await?;
    fill(&bed, messages).await?;
    let mut running = [subject.start(&bed, &site.endpoint)?];
    let window = window::watch(&bed, &mut running, &[], messages).await?;
    let [running] = running;
    running.kill().await?;
    let (rate, cpu) = (window.rate(), window.cpu_a_message(1));
    line.rates.push(rate);
    line.cpu.push(cpu);
    progress(format_args!("{}: {} {rate:.0} transactions/s, {cpu:.1} µs", site.name, subject.name));
    ensure_once(&bed, messages).await?;
    bed.remove().await
}

/// A seat for each.
async fn fill(bed: &TestEnv, messages: usize) -> Result<()> {
    let wanted = (1..=u32::try_from(messages)?).map(|seat| Reservation::of(seat).message());
    let wanted = wanted.collect::<Result<Vec<_>>>()?;
    let mut senders = JoinSet::new();
    for share in wanted.chunks(messages.div_ceil(SENDERS)) {
        let (sqs, url, share) = (bed.sqs.clone(), bed.queue_url.clone(), share.to_vec());
        senders.spawn(async move {
            for ten in share.chunks(10) {
                send(&sqs, &url, ten).await?;
            }
            Ok(())
        });
    }
    senders.join_all().await.into_iter().collect()
}

async fn ensure_once(bed: &TestEnv, messages: usize) -> Result<()> {
    let mut database = bed.connect().await?;
    for table in ["effects", "inbox", "seats WHERE reservation IS NOT NULL"] {
        let rows: Option<usize> = database.query_first(format!("SELECT COUNT(*) FROM {table}")).await?;
        ensure!(rows == Some(messages), "{rows:?} rows of {table} for {messages} messages");
    }
    Ok(())
}
