//! Whether a table that has outgrown the database's memory is as fast as an empty one, and what
//! taking old rows away costs meanwhile. For comparison: the same with ids that are not in order.

use anyhow::Result;

use crate::site::Site;
use crate::table::Table;

mod clock;
mod days;
mod kind;
mod line;
mod pool;
mod probe;
mod retention;
mod stock;
mod task;

pub use pool::restore;

use kind::Kind;
use line::Line;
use retention::Retention;
use stock::Ids;

/// Its drains are longer than others by this factor: a server writes what it was given later.
const LONGER: usize = 5;

/// What was seen.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Of each kind of table: empty, large, and while old rows are taken away.
    kinds: Vec<Vec<Line>>,
}

const KINDS: [Kind; 3] = [
    Kind { name: "", ids: Ids::Ordered, by_days: false, retention: Some(Retention::Delete) },
    Kind { name: "split by days: ", ids: Ids::Ordered, by_days: true, retention: Some(Retention::Drop) },
    Kind { name: "random ids: ", ids: Ids::Random, by_days: false, retention: None },
];

impl Growth {
    /// Drains five times so many messages into empty tables and into ones with so many `rows`, in
    /// turns.
    pub async fn measure(site: &Site, rows: usize, messages: usize, rounds: usize) -> Result<Self> {
        pool::shrink().await?;
        let kinds = Self::kinds(site, rows, messages * LONGER, rounds).await;
        restore().await?;
        Ok(Self { kinds: kinds? })
    }

    async fn kinds(site: &Site, rows: usize, messages: usize, rounds: usize) -> Result<Vec<Vec<Line>>> {
        let mut kinds = Vec::new();
        for kind in KINDS {
            kinds.push(kind.measure(site, rows, messages, rounds).await?);
        }
        Ok(kinds)
    }

    /// The rate on the large table, as a part of that on the empty one.
    pub fn ratio(&self) -> f64 {
        let [empty, large, ..] = &self.kinds[0][..] else { return f64::NAN };
        large.ratio(empty).map_or(f64::NAN, |ratio| ratio.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new([
            "table, buffer pool of 128 MiB",
            "messages/s, median (min–max)",
            "against its empty one",
            "longest insert beside, ms",
            "waits for locks",
            "rows taken away/s",
        ]);
        for lines in &self.kinds {
            for line in lines {
                table.row(line.cells(&lines[0]));
            }
        }
        table
    }
}
