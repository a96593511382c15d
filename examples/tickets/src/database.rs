//! Connections for what needs no transaction: each question has its time, and costs a connection at most.

use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncMysqlConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{self, Object};
use tokio::time::timeout;

/// For a connection, and then for the answer.
const PATIENCE: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 16;

/// The database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `DATABASE_URL` is not set, or is no URL.
    #[error("DATABASE_URL must look like mysql://user:password@host:3306/database")]
    Url,
    /// Nobody answered in time.
    #[error("the database did not answer within {} s", PATIENCE.as_secs())]
    Late,
    /// No connection could be had.
    #[error(transparent)]
    Pool(#[from] deadpool::PoolError),
    /// The statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

/// Up to sixteen connections. A clone shares them.
#[derive(Clone)]
pub struct Database(deadpool::Pool<AsyncMysqlConnection>);

impl Database {
    /// To the database of `DATABASE_URL`. It is called when it is first asked.
    ///
    /// # Errors
    /// Where the variable is not set.
    pub fn from_env() -> Result<Self, Error> {
        let url = std::env::var("DATABASE_URL").map_err(|_| Error::Url)?;
        let manager = AsyncDieselConnectionManager::<AsyncMysqlConnection>::new(url);
        let pool = deadpool::Pool::builder(manager).max_size(CONNECTIONS).build().map_err(|_| Error::Url)?;
        Ok(Self(pool))
    }

    /// Asks. A connection that did not answer well is not used again: nobody knows what is under way
    /// on it.
    ///
    /// # Errors
    /// Where the database fails, or does not answer in time.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        let mut connection = timeout(PATIENCE, self.0.get()).await.map_err(|_| Error::Late)??;
        let answer = timeout(PATIENCE, question(&mut connection)).await.map_err(|_| Error::Late);
        if !matches!(answer, Ok(Ok(_))) {
            drop(Object::take(connection));
        }
        Ok(answer??)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
