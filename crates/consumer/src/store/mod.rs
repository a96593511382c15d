//! The built-in handler: each message becomes one row of `messages`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::delivery::Delivery;
use crate::handler::{Away, Backend, Handler, Verdict, Witness};

mod batch;
mod cluster;
mod codes;
mod column;
mod definition;
mod diagnosis;
mod error;
mod find;
mod generation;
mod insert;
mod inspect;
mod look;
mod meter;
mod migrate;
mod open;
mod packet;
mod pool;
mod schema;
mod server;
mod session;
mod shape;
mod stragglers;
mod table;
mod url;
mod variables;
mod vitess;
mod witness;

pub use cluster::{Binlog, Cluster};
pub use error::{Class, StoreError};
pub use find::Stored;
pub use inspect::{DatabaseFacts, inspect};
pub use migrate::migrate;
pub use open::OpenError;
pub use table::{Column, Insert, Migrations, Table};
pub use url::DatabaseUrl;
pub use variables::Variables;

pub(crate) use packet::{alone, bytes};
pub(crate) use shape::flaws;
#[cfg(test)]
pub(crate) use shape::tests as columns;

use definition::Accepted;
use insert::Row;
use look::Looker;
use meter::Meter;
use pool::Pool;
use witness::Kept;

/// Stores messages, once each.
#[derive(Debug)]
pub struct MysqlStore {
    pool: Pool,
    looker: Looker,
    /// As it was found when it was opened.
    max_packet: usize,
    accepted: Mutex<Accepted>,
    kept: Kept,
    meter: Meter,
}

impl Handler for MysqlStore {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let mut rows: Vec<_> = batch.iter().map(|delivery| Row::of(&delivery.message)).enumerate().collect();
        insert::sort(&mut rows);
        let (order, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let mut verdicts: Vec<_> = order.into_iter().zip(self.store(&rows).await).collect();
        verdicts.sort_by_key(|(position, _)| *position);
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    async fn look(&self) -> Result<(), Away> {
        self.looker.look(&self.pool).await.map_err(|error| away(&error))
    }

    async fn witness(&self) -> Witness {
        self.ask().await.unwrap_or_else(|error| Witness::Refused(away(&error)))
    }

    async fn accept(&self) {
        self.accept_table().await;
    }

    fn backend(&self) -> Option<Backend> {
        Some(self.meter.backend(self.pool.connections()))
    }
}

impl MysqlStore {
    fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn away(error: &StoreError) -> Away {
    if error.needs_help() { Away::needs_help(error) } else { Away::passing(error) }
}
