//! The table of a mapping at start: whether everything is there, and if not, what to do.

use std::sync::{Arc, Mutex, PoisonError};

use super::check::{Findings, check};
use super::facts::Facts;
use super::file::Mapping;
use super::flaw::MappingError;
use super::handler::MappedTable;
use super::known::Known;
use super::marks::Marks;
use super::ready::Ready;
use crate::connection::pool::{Connection, Pool};
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::inspect::{inbox, table};
use crate::store::definition::{Accepted, Definition};
use crate::store::kept::Kept;
use crate::store::look::Looker;
use crate::store::meter::Meter;
use crate::store::open::OpenError;
use crate::store::subject::Subject;

/// The table of a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappedError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The mapping and the table do not go together.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl MappedError {
    /// Whether it may work later without a change of configuration, rights or schema.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_passing())
    }

    /// Whether no time mends it. A table may be changed to fit its mapping, so that is none of these.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_usage())
    }
}

/// What is found at the start.
struct Found {
    max_packet: usize,
    inbox: Vec<table::Column>,
    facts: Facts,
    definition: Option<Definition>,
}

impl MappedTable {
    /// Opens the database with up to `connections` connections, and looks that table and mapping go
    /// together. One of the connections, where there are several, is for looking only.
    ///
    /// # Errors
    /// Where the database cannot be reached or used, and where the mapping does not fit its table.
    pub async fn open(mapping: Mapping, url: &DatabaseUrl, connections: usize) -> Result<Self, MappedError> {
        let pool = Pool::new(url.clone(), connections.saturating_sub(1).max(1));
        let columns = mapping.columns.iter().map(|column| column.name.clone());
        let subject = Subject::of(&mapping.table.value, columns);
        let found = async { find(&mut pool.get().await?, &subject).await };
        let found = found.await.map_err(|error| OpenError::new(url, error))?;
        inbox_is_there(url, &found.inbox)?;
        let Findings { flaws, warnings } = check(&mapping, &found.facts);
        if !flaws.is_empty() {
            return Err(MappingError::new(&mapping.file, flaws).into());
        }
        for warning in warnings {
            tracing::warn!("{}", MappingError::new(&mapping.file, vec![warning]));
        }
        Ok(Self {
            looker: Looker::new(url.clone(), subject.quoted()),
            ready: Mutex::new(Arc::new(Ready::of(&mapping, &found.facts))),
            known: Known::nothing(mapping.columns.len()),
            marks: Marks::of(&mapping.job_name()),
            max_packet: found.max_packet,
            accepted: Mutex::new(Accepted::as_found(subject.clone(), found.definition)),
            kept: Kept::default(),
            meter: Meter::default(),
            subject,
            pool,
            mapping,
        })
    }

    /// Takes the table as it was found just now.
    pub(crate) fn make_ready(&self, now: Ready) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.is_as(&now) {
            tracing::info!(
                table = self.subject.table,
                "the table was changed, and its columns are taken as they are now"
            );
            *ready = Arc::new(now);
        }
    }
}

async fn find(connection: &mut Connection, subject: &Subject) -> Result<Found, StoreError> {
    let inbox = table::columns(connection, inbox::TABLE).await?;
    let facts = Facts::read(connection, &subject.table).await?;
    let definition = Definition::read(connection, subject).await?;
    Ok(Found { max_packet: connection.max_packet(), inbox, facts, definition })
}

fn inbox_is_there(url: &DatabaseUrl, columns: &[table::Column]) -> Result<(), OpenError> {
    let flaws = inbox::flaws(columns);
    if columns.is_empty() {
        Err(OpenError::NoInbox(url.clone()))
    } else if !flaws.is_empty() {
        Err(OpenError::ForeignInbox(url.clone(), flaws.join("; ")))
    } else {
        Ok(())
    }
}
