//! The built-in handler: each message becomes one row of `messages`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::delivery::Delivery;
use engine::handler::{Backend, Handler, Sequence};
use engine::verdict::{Unavailable, Verdict, Witness};

pub mod find;
pub mod marks;
pub mod open;
pub mod packet;

pub(crate) mod failed;
pub(crate) mod halves;
pub(crate) mod insert;
pub(crate) mod kept;
pub(crate) mod look;
pub(crate) mod meter;
pub(crate) mod subject;
pub(crate) mod witness;

pub(crate) mod ask;
mod batch;
mod column;
pub(crate) mod definition;
mod row;

use crate::connection::pool::Pool;
use definition::Accepted;
use kept::Kept;
use look::Looker;
use meter::Meter;
use row::Row;
use witness::Whole;

/// Bytes of one insert, at the most: more rows than fit gain nothing, and each worker holds them
/// several times, as text, as parameters and as a packet.
pub const BATCH_BYTES: usize = 1 << 20;

/// Why a row may be rejected.
const REASONS: [&str; 5] = ["data-error", "id-reused", "not-stored", "too-large", "unknown-error"];

/// Stores messages, once each.
#[derive(Debug)]
pub struct MysqlStore {
    pool: Pool,
    looker: Looker,
    /// As it was found when it was opened.
    max_packet: usize,
    accepted: Mutex<Accepted>,
    kept: Kept<Whole>,
    meter: Meter,
}

impl Handler for MysqlStore {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let rows: Vec<_> = batch.iter().map(Row::of).collect();
        self.store(&rows).await
    }

    fn sequence(&self) -> Sequence {
        Sequence::InBatches
    }

    async fn look(&self) -> Result<(), Unavailable> {
        self.looker.look(&self.pool).await
    }

    async fn witness(&self) -> Witness {
        self.ask().await.unwrap_or_else(|error| Witness::Refused(Unavailable::from(&error)))
    }

    async fn accept(&self) {
        self.accept_table().await;
    }

    fn backend(&self) -> Option<Backend> {
        Some(self.meter.backend(self.pool.connections(), &REASONS))
    }
}

impl MysqlStore {
    fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
