//! A connection in a transaction, for diesel: each statement is bounded, and the code of each error is
//! asked for before the next one.

use std::time::Duration;

use diesel::connection::{CacheSize, Instrumentation};
use diesel::mysql::Mysql;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::result::{ConnectionError, ConnectionResult, DatabaseErrorKind, Error, QueryResult};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, AsyncMysqlConnection, SimpleAsyncConnection,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, Iter};

use super::memory::Memory;
use super::statement::{Row, Statement};
use crate::connection::pool::Connection;
use crate::connection::session::{Failure, STATEMENT};

/// The connection of a [`Tx`](super::Tx): a diesel connection like any other, so that all of
/// `diesel_async::RunQueryDsl` and `AsyncConnection::transaction` (a savepoint) work on it.
///
/// It takes no more statements once the server has undone the transaction, as after a deadlock: they
/// would take effect at once. All rows of a query are read before the first one is handed out.
pub struct TxConnection {
    pub(super) connection: Connection,
    pub(super) memory: Memory,
    /// For one statement.
    pub(super) limit: Duration,
    /// Whether a savepoint says that the transaction is still the one that began.
    pub(super) is_guarded: bool,
    /// How deep in savepoints, as diesel counts them.
    savepoints: AnsiTransactionManager,
}

impl TxConnection {
    pub(super) fn new(connection: Connection, limit: Duration) -> Self {
        let (memory, savepoints) = (Memory::default(), AnsiTransactionManager::default());
        Self { connection, memory, limit, is_guarded: false, savepoints }
    }

    /// Runs what can only work on an [`AsyncMysqlConnection`], as one statement: it is bounded and
    /// diagnosed as a whole, by its last error. It must neither begin nor end a transaction.
    ///
    /// # Errors
    /// As it returns them, and where it takes too long or the transaction has ended.
    ///
    /// # Cancel safety
    /// Dropped, the connection is closed and nothing takes effect.
    pub async fn run<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> BoxFuture<'c, QueryResult<T>>,
    ) -> QueryResult<T> {
        self.guard().await?;
        self.job(work).await
    }

    /// Runs a statement of the job's.
    async fn job<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> BoxFuture<'c, QueryResult<T>>,
    ) -> QueryResult<T> {
        if self.memory.has_ended() {
            return Err(refused());
        }
        let answer = self.connection.attempt(self.limit, work).await;
        answer.map_err(|failure| {
            self.memory.note(&failure);
            failure.error
        })
    }

    /// Makes a statement ready to be sent.
    async fn prepare(&mut self, statement: QueryResult<Statement>) -> QueryResult<Statement> {
        let mut statement = statement?;
        self.fits(statement.bytes())?;
        if !statement.keeps_transaction() {
            self.guard().await?;
        }
        statement.keep_if(|text| self.connection.session().keeps_prepared(text));
        Ok(statement)
    }

    /// Sent all the same, it would cost the connection, and look like an outage.
    fn fits(&self, bytes: usize) -> QueryResult<()> {
        let most = self.connection.max_packet();
        if bytes < most {
            return Ok(());
        }
        Err(failed(format!("{bytes} bytes are more than the server's max_allowed_packet of {most}")))
    }

    /// Runs statements of the transaction's own, which are no job's fault. They wait for locks, which
    /// takes longer than a job may want its own statements to take.
    pub(super) async fn own(&mut self, statements: String) -> Result<(), Failure> {
        let answer = self.connection.attempt(STATEMENT, |connection| batch(connection, statements)).await;
        answer.inspect_err(|failure| self.memory.note_own(failure))
    }
}

fn batch(connection: &mut AsyncMysqlConnection, statements: String) -> BoxFuture<'_, QueryResult<()>> {
    Box::pin(async move { connection.batch_execute(&statements).await })
}

fn refused() -> Error {
    failed("the transaction has ended with an error before: nothing of it is left".to_owned())
}

fn failed(text: String) -> Error {
    Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text))
}

impl SimpleAsyncConnection for TxConnection {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        if self.memory.has_ended() && query.starts_with("ROLLBACK") {
            // Diesel ends a failed savepoint so, and would show this error in place of the first.
            return Ok(());
        }
        self.fits(query.len())?;
        let statements = query.to_owned();
        self.run(|connection| batch(connection, statements)).await
    }
}

impl AsyncConnectionCore for TxConnection {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = Iter<std::vec::IntoIter<QueryResult<Row>>>;
    type Row<'conn, 'query> = Row;
    type Backend = Mysql;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Mysql> + QueryId + 'query,
    {
        let statement = Statement::of(&source.as_query());
        Box::pin(async move {
            let statement = self.prepare(statement).await?;
            let rows = self.job(|connection| Box::pin(statement.load(connection))).await?;
            Ok(stream::iter(rows.into_iter().map(Ok).collect::<Vec<_>>()))
        })
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Mysql> + QueryId + 'query,
    {
        let statement = Statement::of(&source);
        Box::pin(async move {
            let statement = self.prepare(statement).await?;
            self.job(|connection| Box::pin(statement.execute(connection))).await
        })
    }
}

impl AsyncConnection for TxConnection {
    type TransactionManager = AnsiTransactionManager;

    /// Always fails: a transaction is begun with a message.
    async fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection("a transaction begins with `Tx::begin`".to_owned()))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.savepoints
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.connection.session().raw().instrumentation()
    }

    /// Stays with the connection, which others use after this transaction.
    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.connection.session().raw().set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.connection.session().raw().set_prepared_statement_cache_size(size);
    }
}

impl std::fmt::Debug for TxConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TxConnection").field("memory", &self.memory).finish_non_exhaustive()
    }
}
