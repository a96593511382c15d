//! The handler: messages become rows of the table that a mapping names.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::delivery::Delivery;
use engine::handler::{Backend, Handler, Sequence};
use engine::verdict::{Unavailable, Verdict, Witness};

use super::file::Mapping;
use super::judged::judge;
use super::known::Known;
use super::marks::Marks;
use super::ready::Ready;
use super::row::Row;
use super::value::Value;
use crate::connection::pool::Pool;
use crate::store::definition::Accepted;
use crate::store::halves::in_halves;
use crate::store::kept::Kept;
use crate::store::look::Looker;
use crate::store::meter::Meter;
use crate::store::subject::Subject;

/// Why a message may be rejected.
const REASONS: [&str; 5] = ["data-error", "malformed", "missing-field", "too-large", "unknown-error"];

/// Stores messages in a table of the user's own, once each.
#[derive(Debug)]
pub struct MappedTable {
    pub(crate) mapping: Mapping,
    pub(crate) pool: Pool,
    pub(crate) looker: Looker,
    pub(crate) subject: Subject,
    /// As the table was found last.
    pub(crate) ready: Mutex<Arc<Ready>>,
    pub(crate) known: Known,
    pub(crate) marks: Marks,
    /// As it was found when it was opened.
    pub(crate) max_packet: usize,
    pub(crate) accepted: Mutex<Accepted>,
    pub(crate) kept: Kept<Vec<Value<'static>>>,
    pub(crate) meter: Meter,
}

impl Handler for MappedTable {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let ready = self.ready();
        let judged = judge(&ready.plan, batch, &self.known, &self.mapping);
        let rows = judged.rows();
        let stored = in_halves(&rows, &self.meter, self).await;
        judged.with(stored)
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

impl MappedTable {
    /// The most bytes that the server took in one packet when it was opened.
    pub fn max_packet(&self) -> usize {
        self.max_packet
    }

    pub(crate) fn ready(&self) -> Arc<Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one of the rows for the witness.
    pub(crate) fn keep(&self, rows: &[&Row<'_>]) {
        self.kept.keep(|most| {
            let row = rows.iter().rfind(|row| row.bytes() <= most)?;
            Some(row.values.iter().cloned().map(Value::into_owned).collect())
        });
    }
}
