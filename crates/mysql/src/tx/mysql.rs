//! The database that transactions are begun on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::AsyncMysqlConnection;
use engine::handler::{Backend, Watched};
use engine::verdict::Unavailable;
use futures_util::future::BoxFuture;

use crate::connection::pool::Pool;
use crate::connection::session::{STATEMENT, Session};
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::inspect::{inbox, table};
use crate::store::look::Looker;
use crate::store::meter::Meter;
use crate::store::open::OpenError;

/// Connections of a [`MySql`] that was not told how many.
pub const CONNECTIONS: usize = 16;

/// Reasons that a transaction gives to a retry, and so to a dead letter.
const REASONS: [&str; 3] = ["contended", "statement-timeout", "too-large"];

/// A database, for jobs: connections, and how long a statement may take. A clone is cheap and shares
/// the connections. Put it into the state that jobs share, with an `AsRef<MySql>`, or let it be the state.
#[derive(Clone)]
pub struct MySql {
    url: DatabaseUrl,
    pool: Pool,
    looker: Arc<Looker>,
    pub(super) meter: Arc<Meter>,
    limit: Duration,
}

impl MySql {
    /// Opens the database, and looks that the table `inbox` is there. Up to `connections` connections,
    /// at least one; a job that has to wait for one is called again, so let there be as many as jobs
    /// that run at once.
    ///
    /// # Errors
    /// Where the database cannot be reached or used, or the table is missing or another one.
    pub async fn open(url: &DatabaseUrl, connections: usize) -> Result<Self, OpenError> {
        let pool = Pool::new(url.clone(), connections.max(1));
        let columns = async { table::columns(&mut pool.get().await?, inbox::TABLE).await };
        let columns = columns.await.map_err(|error| OpenError::new(url, error))?;
        match inbox::flaws(&columns) {
            _ if columns.is_empty() => Err(OpenError::NoInbox(url.clone())),
            flaws if flaws.is_empty() => {
                let looker = Arc::new(Looker::new(url.clone(), inbox::TABLE));
                Ok(Self { url: url.clone(), pool, looker, meter: Arc::default(), limit: STATEMENT })
            }
            flaws => Err(OpenError::ForeignInbox(url.clone(), flaws.join("; "))),
        }
    }

    /// As [`open`](Self::open), with [`CONNECTIONS`] connections to the database that
    /// [`DatabaseUrl::from_env`] finds.
    ///
    /// # Errors
    /// As both of these.
    pub async fn from_env() -> Result<Self, OpenError> {
        Self::open(&DatabaseUrl::from_env()?, CONNECTIONS).await
    }

    /// Sets how long one statement of a job may take; 10 s where nothing is said. The worker's timeout
    /// for the whole job holds beside it.
    ///
    /// A statement that takes longer is given up, its connection is closed, and its thread on the server
    /// is ended. If the database takes rows at that time, the message is retried (`statement-timeout`);
    /// else the database is unavailable.
    #[must_use]
    pub fn statement_timeout(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// A connection of its own, outside of the pool and of any transaction, such as for migrations.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    ///
    /// # Cancel safety
    /// Safe: the connection is closed.
    pub async fn connection(&self) -> Result<AsyncMysqlConnection, StoreError> {
        Session::open(self.url.current().await?).await?.into_connection()
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }
}

/// A job with a `Tx` shows its database to whoever watches the job.
impl Watched for MySql {
    fn look(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(self.looker.look(&self.pool))
    }

    fn backend(&self) -> Backend {
        self.meter.backend(self.pool.connections(), &REASONS)
    }
}

/// A state that is nothing but a database.
impl AsRef<Self> for MySql {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for MySql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySql").field("url", &self.url).field("pool", &self.pool).finish_non_exhaustive()
    }
}
