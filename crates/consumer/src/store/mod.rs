//! The built-in handler: each message becomes one row of `messages`.

use std::time::Duration;

use tokio::time::sleep;

use crate::delivery::Delivery;
use crate::handler::{Away, Backend, Handler, Rejection, Verdict};
use shared::backoff::Backoff;

mod diagnosis;
mod error;
mod find;
mod insert;
mod inspect;
mod meter;
mod migrate;
mod open;
mod pool;
mod probe;
mod schema;
mod table;
mod variables;

pub use error::{Class, StoreError};
pub use find::Stored;
pub use inspect::{DatabaseFacts, inspect};
pub use migrate::migrate;
pub use open::{DatabaseUrl, OpenError};
pub use table::{Column, Migrations, Table};
pub use variables::Variables;

use insert::Row;
use meter::Meter;
use pool::{Connection, Pool};

/// Deadlocks and lock waits are tried again in place, so often.
const CONTENTION_TRIES: u32 = 4;
const CONTENTION: Backoff = Backoff { first: Duration::from_millis(20), most: Duration::from_millis(500) };

/// Stores messages, once each.
#[derive(Debug)]
pub struct MysqlStore {
    pool: Pool,
    max_packet: usize,
    meter: Meter,
}

impl Handler for MysqlStore {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let mut rows: Vec<_> = batch.iter().map(|delivery| Row::of(&delivery.message)).enumerate().collect();
        insert::sort(&mut rows);
        let (order, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let sorted = self.store(&rows).await.unwrap_or_else(|away| vec![Verdict::Away(away); rows.len()]);
        let mut verdicts: Vec<_> = order.into_iter().zip(sorted).collect();
        verdicts.sort_by_key(|(position, _)| *position);
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    async fn look(&self) -> Result<(), Away> {
        let mut connection = self.pool.get().await.map_err(away)?;
        probe::probe(&mut connection).await.map_err(away)
    }

    fn backend(&self) -> Option<Backend> {
        Some(self.meter.backend(self.pool.connections()))
    }
}

impl MysqlStore {
    /// A verdict for each row. Where the server blames a row, the rows are halved until it is found.
    async fn store(&self, rows: &[Row<'_>]) -> Result<Vec<Verdict>, Away> {
        let mut verdicts = Vec::with_capacity(rows.len());
        let mut pending = vec![rows];
        while let Some(rows) = pending.pop() {
            if let [row] = rows
                && row.bytes() > self.max_packet
            {
                verdicts.push(self.too_large());
                continue;
            }
            match self.store_together(rows).await {
                Ok(several) => verdicts.extend(several),
                Err(error) if !matches!(error.class, Class::Data | Class::Unknown) => {
                    return Err(away(error));
                }
                Err(error) if rows.len() == 1 => verdicts.push(self.blame(error).await?),
                Err(_) => {
                    let (first, second) = rows.split_at(rows.len() / 2);
                    pending.extend([second, first]);
                }
            }
        }
        Ok(verdicts)
    }

    /// All rows in one statement, again where others were in the way.
    async fn store_together(&self, rows: &[Row<'_>]) -> Result<Vec<Verdict>, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_together(rows).await {
                Err(error) if error.class == Class::Contention && tries < CONTENTION_TRIES => {
                    self.meter.contended.add(rows.len());
                    sleep(CONTENTION.delay(tries)).await;
                }
                result => return result,
            }
        }
    }

    async fn try_together(&self, rows: &[Row<'_>]) -> Result<Vec<Verdict>, StoreError> {
        let mut connection = self.pool.get().await?;
        let new = self.meter.time(insert::insert(&mut connection, rows)).await?;
        if new == rows.len() {
            return Ok(vec![Verdict::Done; new]);
        }
        compare(&mut connection, rows, new).await
    }

    /// Sent all the same, it would cost the connection, and look like an outage.
    fn too_large(&self) -> Verdict {
        let error = format!("larger than the server's max_allowed_packet of {} bytes", self.max_packet);
        Verdict::Reject(Rejection { reason: "too-large", error })
    }

    /// What an error says of the one row that it came with. One of an unknown kind is the row's
    /// only if the store works otherwise, and then it may still pass.
    async fn blame(&self, error: StoreError) -> Result<Verdict, Away> {
        if error.class == Class::Data {
            return Ok(Verdict::Reject(Rejection { reason: "data-error", error: error.text }));
        }
        self.look().await?;
        Ok(Verdict::Retry(Rejection { reason: "unknown-error", error: error.text }))
    }
}

/// Verdicts where some ids were stored before: the same text is a duplicate, another one a clash.
async fn compare(
    connection: &mut Connection,
    rows: &[Row<'_>],
    new: usize,
) -> Result<Vec<Verdict>, StoreError> {
    let stored = insert::stored(connection, rows).await?;
    let clashes = rows.iter().filter(|row| !row.is_in(&stored)).count();
    // Which of the equal ones were new, nobody can say; how many, the server did.
    let mut duplicates = rows.len().saturating_sub(new + clashes);
    let verdict = |row: &Row<'_>| {
        if !row.is_in(&stored) {
            let error = "another text is stored under this id".to_owned();
            return Verdict::Reject(Rejection { reason: "id-reused", error });
        }
        let duplicate = duplicates > 0;
        duplicates = duplicates.saturating_sub(1);
        if duplicate { Verdict::Duplicate } else { Verdict::Done }
    };
    Ok(rows.iter().map(verdict).collect())
}

fn away(error: StoreError) -> Away {
    match error.class {
        Class::Schema => Away::needs_help(error),
        _ => Away::passing(error),
    }
}
