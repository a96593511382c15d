//! Whether a table that has outgrown the database's memory is as fast as an empty one, and what
//! deleting old rows costs meanwhile. For comparison: the same with ids that are not in order.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use proof::bed::Bed;
use tokio::time::sleep;

use crate::filling::{fill, fill_unnamed};
use crate::say::progress;
use crate::site::Site;
use crate::stats::{self, Spread, count};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

mod pool;
mod probe;
mod retention;
mod stock;

pub use pool::restore;

use probe::Probe;
use retention::Retention;
use stock::Ids;

/// For the server to write down what it was just filled with.
const SETTLE: Duration = Duration::from_secs(20);

/// Its drains are longer than others by this factor: a server writes what it was given later.
const LONGER: usize = 5;

/// What was seen.
#[derive(Clone, Debug)]
pub struct Growth {
    lines: Vec<Line>,
}

/// Where the lines of either kind of id start, with the empty table.
const ORDERED: usize = 0;
const RANDOM: usize = 3;

/// One kind of table, over all rounds.
#[derive(Clone, Debug, Default)]
struct Line {
    name: String,
    rates: Vec<f64>,
    /// The longest that a single insert of another client took, in milliseconds.
    longest: f64,
    /// Waits for rows that others had locked.
    waits: u64,
    /// Rows that were deleted in a second.
    deleted: Option<f64>,
}

/// How a drain is to be.
#[derive(Clone, Copy)]
struct Turn {
    ids: Ids,
    messages: usize,
    retention: bool,
}

impl Growth {
    /// Drains five times so many messages into an empty table and into ones with so many `rows`, in
    /// turns.
    pub async fn measure(site: &Site, rows: usize, messages: usize, rounds: usize) -> Result<Self> {
        pool::shrink().await?;
        let measured = Self::tables(site, rows, messages, rounds).await;
        restore().await?;
        measured
    }

    async fn tables(site: &Site, rows: usize, messages: usize, rounds: usize) -> Result<Self> {
        let millions = format!("{} million rows", stats::number(count(rows) / 1e6, 1));
        let mut lines = vec![
            Line::new("empty, ids in order of time".to_owned()),
            Line::new(format!("{millions}, ids in order of time")),
            Line::new("the same, while old rows are deleted".to_owned()),
            Line::new("empty, random ids".to_owned()),
            Line::new(format!("{millions}, random ids")),
        ];
        for (ids, first) in [(Ids::Ordered, ORDERED), (Ids::Random, RANDOM)] {
            let turn = Turn { ids, messages: messages * LONGER, retention: false };
            let large = site.bed().await?;
            stock::fill(&large, ids, rows).await?;
            sleep(SETTLE).await;
            for _ in 0..rounds {
                let empty = site.bed().await?;
                lines[first].measure(site, &empty, turn).await?;
                empty.remove().await?;
                lines[first + 1].measure(site, &large, turn).await?;
                if ids == Ids::Ordered {
                    lines[first + 2].measure(site, &large, Turn { retention: true, ..turn }).await?;
                }
            }
            large.remove().await?;
        }
        Ok(Self { lines })
    }

    /// The rate on the large table, as a part of that on the empty one.
    pub fn ratio(&self) -> f64 {
        self.lines[ORDERED + 1].ratio(&self.lines[ORDERED]).map_or(f64::NAN, |ratio| ratio.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new([
            "table, buffer pool of 128 MiB",
            "messages/s, median (min–max)",
            "against its empty one",
            "longest insert beside, ms",
            "waits for locks",
            "deleted/s",
        ]);
        for (number, line) in self.lines.iter().enumerate() {
            let empty = &self.lines[if number < RANDOM { ORDERED } else { RANDOM }];
            let rates = Spread::of(line.rates.iter().copied());
            table.row([
                line.name.clone(),
                rates.map(|rates| rates.text(0)).unwrap_or_default(),
                line.ratio(empty).map(|it| format!("{:.2} ×", it.median)).unwrap_or_default(),
                stats::number(line.longest, 0),
                line.waits.to_string(),
                line.deleted.map(|deleted| stats::number(deleted, 0)).unwrap_or_default(),
            ]);
        }
        table
    }
}

impl Line {
    fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Round by round.
    fn ratio(&self, to: &Self) -> Option<Spread> {
        Spread::of(self.rates.iter().zip(&to.rates).map(|(rate, other)| rate / other))
    }

    async fn measure(&mut self, site: &Site, bed: &Bed, turn: Turn) -> Result<()> {
        match turn.ids {
            Ids::Ordered => fill(bed, &site.endpoint, turn.messages).await?,
            Ids::Random => fill_unnamed(bed, turn.messages).await?,
        }
        let retention = if turn.retention { Some(Retention::start(bed).await?) } else { None };
        let probe = Probe::start(bed, turn.ids).await?;
        let mut running = [Subject::ours()?.start(bed, &site.endpoint)?];
        let window = window::watch(bed, &mut running, &[], turn.messages).await?;
        let [running] = running;
        running.kill().await?;
        let probed = probe.stop(bed).await?;
        if let Some(retention) = retention {
            self.deleted = Some(retention.stop().await?);
        }
        progress(format_args!("{}: {:.0}/s", self.name, window.rate()));
        self.rates.push(window.rate());
        self.longest = self.longest.max(probed.longest);
        self.waits += probed.waits;
        Ok(())
    }
}

/// The beginning of an id that is made now.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis())
}
