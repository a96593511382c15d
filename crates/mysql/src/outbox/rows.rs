//! The table `outbox` as a relay sees it: claimed a part at a time, confirmed, and measured.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use outbound::relay::port::{Depth, Except, Found, Outbox, OutboxError, Row};

use super::BELL;
use super::connection::{RelayConnection, WINDOW};
use super::search::{Search, Seen, claimable, unbroken};
use crate::connection::pool::Pool;
use crate::connection::url::DatabaseUrl;
use crate::error::{Class, StoreError};
use crate::inspect::{outbox, table};
use crate::store::open::OpenError;
use crate::tx::MySql;

/// Windows of one look.
const WINDOWS: usize = 20;

/// The table `outbox` of a database, for a relay.
pub struct MysqlOutbox {
    url: DatabaseUrl,
    idle: Mutex<Vec<RelayConnection>>,
}

/// Keeps rows from others: their locks end with its transaction.
pub struct Hold(RelayConnection);

impl MysqlOutbox {
    /// Looks that the table is there.
    ///
    /// # Errors
    /// Where the database cannot be reached or used, or the table is missing or another one.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let columns =
            async { table::columns(&mut Pool::new(url.clone(), 1).get().await?, outbox::TABLE).await };
        let columns = columns.await.map_err(|error| OpenError::new(url, error))?;
        match outbox::flaws(&columns) {
            _ if columns.is_empty() => Err(OpenError::NoOutbox(url.clone())),
            flaws if flaws.is_empty() => Ok(Self::at(url)),
            flaws => Err(OpenError::ForeignOutbox(url.clone(), flaws.join("; "))),
        }
    }

    fn at(url: &DatabaseUrl) -> Self {
        Self { url: url.clone(), idle: Mutex::default() }
    }

    /// The one used last, if the server still knows it.
    async fn connection(&self) -> Result<RelayConnection, StoreError> {
        let known = self.idle().pop().filter(RelayConnection::is_fit);
        match known {
            Some(connection) => Ok(connection),
            None => RelayConnection::open(self.url.current().await?).await,
        }
    }

    fn give_back(&self, connection: RelayConnection) {
        if connection.is_fit() {
            self.idle().push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<RelayConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find(&self, except: &Except) -> Result<Found<Hold>, StoreError> {
        let mut connection = self.connection().await?;
        let (mut search, mut are_held) = (Search::default(), false);
        for _ in 0..WINDOWS {
            let window = connection.window(&search.condition(except)).await?;
            let heads = search.heads(&window, except);
            if !heads.is_empty() {
                if let Some(rows) = take(&mut connection, &window, &heads).await? {
                    return Ok(Found::Rows { rows, hold: Hold(connection) });
                }
                are_held = true;
            }
            if window.len() < WINDOW || !search.pass(&window) {
                break;
            }
        }
        self.give_back(connection);
        Ok(if are_held { Found::Held } else { Found::Nothing })
    }
}

/// Claims of a window what nobody else has; `None` where that is nothing.
async fn take(
    connection: &mut RelayConnection,
    window: &[Seen],
    heads: &[u64],
) -> Result<Option<Vec<Row>>, StoreError> {
    let locked = connection.lock(heads).await?;
    if locked.is_empty() {
        connection.delete(&[]).await?;
        return Ok(None);
    }
    let claimed = claimable(window, &locked);
    let mut rows = connection.read(&claimed).await?;
    let whole = unbroken(&claimed, &rows.iter().map(|row| row.seq).collect::<HashSet<_>>());
    rows.retain(|row| whole.contains(&row.seq));
    if rows.is_empty() {
        connection.delete(&[]).await?;
        return Ok(None);
    }
    Ok(Some(rows))
}

impl Outbox for MysqlOutbox {
    type Hold = Hold;

    async fn claim(&self, except: &Except) -> Result<Found<Hold>, OutboxError> {
        self.find(except).await.map_err(told)
    }

    async fn confirm(&self, Hold(mut connection): Hold, sent: &[u64]) -> Result<(), OutboxError> {
        connection.delete(sent).await.map_err(told)?;
        self.give_back(connection);
        Ok(())
    }

    async fn depth(&self) -> Result<Depth, OutboxError> {
        let mut connection = self.connection().await.map_err(told)?;
        let depth = connection.depth().await.map_err(told)?;
        self.give_back(connection);
        Ok(depth)
    }

    fn published(&self) -> impl Future<Output = ()> + Send {
        BELL.notified()
    }
}

impl MySql {
    /// The table `outbox` of this database, for a relay. It has connections of its own.
    ///
    /// # Errors
    /// As [`MysqlOutbox::open`].
    pub async fn outbox(&self) -> Result<MysqlOutbox, OpenError> {
        MysqlOutbox::open(self.url()).await
    }
}

fn told(error: StoreError) -> OutboxError {
    let remedy = match error.class {
        Class::Denied => "let the user SELECT, INSERT and DELETE in the table `outbox`",
        Class::Schema => "run `consumer migrate`",
        Class::Leaving => "check that DATABASE_URL leads to the server that takes writes",
        _ => "check that the database runs, and DATABASE_URL",
    };
    OutboxError { text: error.to_string(), remedy, is_permanent: error.permanent() }
}

impl fmt::Debug for MysqlOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlOutbox").field("url", &self.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}
