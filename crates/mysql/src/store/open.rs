//! The database at start: whether everything is there, and if not, what to do.

use std::sync::Mutex;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::MysqlStore;
use super::definition::{Accepted, Definition};
use super::kept::Kept;
use super::look::Looker;
use super::meter::Meter;
use super::subject::Subject;
use crate::connection::pool::Pool;
use crate::connection::url::{DatabaseUrl, UrlError};
use crate::error::{Class, StoreError};
use crate::schema::messages;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database is not named as it must be.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody answered.
    #[error("cannot reach the database at {0}: check that it runs, and DATABASE_URL ({1})")]
    Unavailable(DatabaseUrl, StoreError),
    /// It answers, and does not do what it is asked now.
    #[error("the database at {0} cannot be used now: {1}")]
    Busy(DatabaseUrl, StoreError),
    /// Another one holds the table locked.
    #[error("the table `messages` of {0} is locked: see SHOW PROCESSLIST for who holds it ({1})")]
    Locked(DatabaseUrl, StoreError),
    /// The password or a right is missing.
    #[error("the database at {0} denies access: check the user, password and rights in DATABASE_URL ({1})")]
    Denied(DatabaseUrl, StoreError),
    /// The server has no such database.
    #[error("there is no database {0}: create it, or check DATABASE_URL")]
    NoDatabase(DatabaseUrl),
    /// The table is missing or is another one.
    #[error("the database at {0} lacks the table `messages` as it should be: run `consumer migrate` ({1})")]
    NotMigrated(DatabaseUrl, StoreError),
    /// The table for transactions is missing.
    #[error("the database at {0} lacks the table `inbox`: run `consumer migrate`")]
    NoInbox(DatabaseUrl),
    /// There is such a table, and it cannot hold what a job has done.
    #[error("{0} has a table `inbox` that does not do ({1}): rename it, or use another database")]
    ForeignInbox(DatabaseUrl, String),
    /// The table for messages that wait to be sent is missing.
    #[error("the database at {0} lacks the table `outbox`: run `consumer migrate`")]
    NoOutbox(DatabaseUrl),
    /// There is such a table, and it cannot hold what waits to be sent.
    #[error("{0} has a table `outbox` that does not do ({1}): rename it, or use another database")]
    ForeignOutbox(DatabaseUrl, String),
    /// There is such a table, and another program made it.
    #[error(
        "{0} has a table `messages` that is not this program's ({1}): rename it, or use another database"
    )]
    Foreign(DatabaseUrl, String),
    /// A migration failed.
    #[error("cannot migrate the database at {0}: {1}")]
    Migration(DatabaseUrl, String),
}

impl OpenError {
    pub(crate) fn new(url: &DatabaseUrl, error: StoreError) -> Self {
        let url = url.clone();
        match (error.class, error.code) {
            (_, Some(1049)) => Self::NoDatabase(url),
            (Class::Denied, _) => Self::Denied(url, error),
            (Class::Schema, _) => Self::NotMigrated(url, error),
            (Class::Contention, _) => Self::Locked(url, error),
            (_, Some(_)) => Self::Busy(url, error),
            _ => Self::Unavailable(url, error),
        }
    }

    /// Whether it may work later without a change of configuration, rights or schema.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(..) | Self::Busy(..) | Self::Locked(..) | Self::Migration(..))
    }

    /// Whether no time mends it: the URL or a file has to be changed first.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Url(UrlError::Malformed(_) | UrlError::Certificates))
    }
}

impl MysqlStore {
    /// Opens the database with up to `connections` connections, and looks that the table is there.
    /// One of them, where there are several, is for looking only.
    ///
    /// # Errors
    /// Where it cannot be reached or used.
    pub async fn open(url: &DatabaseUrl, connections: usize) -> Result<Self, OpenError> {
        let pool = Pool::new(url.clone(), connections.saturating_sub(1).max(1));
        let found = found(&pool).await.map_err(|error| OpenError::new(url, error))?;
        Ok(Self {
            pool,
            looker: Looker::new(url.clone(), "messages"),
            max_packet: found.max_packet,
            accepted: Mutex::new(Accepted::as_found(Subject::messages(), found.table)),
            kept: Kept::default(),
            meter: Meter::default(),
        })
    }

    /// The most bytes that the server took in one packet when it was opened.
    pub fn max_packet(&self) -> usize {
        self.max_packet
    }
}

/// What is found at the start.
struct Found {
    max_packet: usize,
    table: Option<Definition>,
}

async fn found(pool: &Pool) -> Result<Found, StoreError> {
    let mut connection = pool.get().await?;
    let query = messages::table.limit(0);
    connection.run(|connection| Box::pin(query.execute(connection))).await?;
    let table = Definition::read(&mut connection, &Subject::messages()).await?;
    Ok(Found { max_packet: connection.max_packet(), table })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(code: u16) -> OpenError {
        let url: DatabaseUrl = "mysql://u:p@db.example/hello".parse().unwrap();
        OpenError::new(&url, StoreError::server(code, "words".into()))
    }

    #[test]
    fn what_a_start_waits_for_is_told_from_what_it_does_not() {
        assert!(matches!(opened(1049), OpenError::NoDatabase(_)));
        assert!(
            matches!(opened(1045), OpenError::Denied(..)) && matches!(opened(1142), OpenError::Denied(..))
        );
        assert!(matches!(opened(1146), OpenError::NotMigrated(..)));
        for code in [1040, 1047, 1205, 1213, 1290, 3101] {
            assert!(opened(code).is_passing(), "{code}");
        }
        for code in [1045, 1049, 1054, 1146] {
            assert!(!opened(code).is_passing(), "{code}");
        }
    }

    #[test]
    fn a_table_that_is_locked_is_no_database_that_does_not_run() {
        assert!(
            opened(1205).to_string().contains("locked") && !opened(1205).to_string().contains("cannot reach")
        );
        assert!(opened(1290).to_string().contains("cannot be used"));
    }
}
