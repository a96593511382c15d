//! Connections: how they are made, checked before each use, bounded in time and thrown away.

use std::pin::Pin;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Hook, HookError, HookFuture, Metrics, Object, Pool as DeadPool, PoolError, QueueMode,
};
use diesel::IntoSql;
use diesel::result::{ConnectionError, ConnectionResult, DatabaseErrorKind, Error, QueryResult};
use diesel::sql_types::Integer;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as Backend, RecyclingMethod,
};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::time::timeout;

use super::diagnosis;
use super::error::StoreError;
use crate::handler::Connections;

/// To connect, and to have a connection checked before it is used again.
const CONNECT: Duration = Duration::from_secs(5);
const RECYCLE: Duration = Duration::from_secs(2);
/// A connection that was used so recently is taken to be alive: under load, asking each time would
/// cost a round trip an insert. One that died since costs what one costs that dies in a statement.
const FRESH: Duration = Duration::from_millis(100);
/// For one statement; longer than the server waits for a lock.
const STATEMENT: Duration = Duration::from_secs(10);
/// What every session is told, as a server's own settings may be anything. Strict: nothing is
/// stored cut short. Waits for locks are bounded: a statement that nobody awaits any more ends.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
     innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, autocommit = 1";

type Manager = AsyncDieselConnectionManager<AsyncMysqlConnection>;
/// A statement's answer, as diesel-async boxes it.
pub(crate) type Answer<'c, T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send + 'c>>;

/// Connections to one database.
#[derive(Clone)]
pub(crate) struct Pool(DeadPool<Manager>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pool").field(&self.0.status()).finish()
    }
}

/// A connection on loan.
///
/// A statement that was not awaited to its end leaves an answer on the wire, which the next
/// statement takes for its own. So a connection goes back only if its last statement ended.
pub(crate) struct Connection {
    object: Option<Object<Manager>>,
    sound: bool,
}

impl Pool {
    /// Up to `size` connections, none of them made yet.
    pub(crate) fn new(options: Opts, size: usize) -> Self {
        let mut config = ManagerConfig::default();
        // It is `verified` here.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| Box::pin(connect(options.clone())));
        let pool = DeadPool::builder(Manager::new_with_config("", config))
            .max_size(size)
            // The one used last is the one that is known to be alive.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(STATEMENT + CONNECT))
            .create_timeout(Some(CONNECT))
            .pre_recycle(Hook::async_fn(verified))
            .build();
        Self(pool.expect("a runtime is given, and nothing else can be wrong"))
    }

    /// Its connections at this moment.
    pub(crate) fn connections(&self) -> Connections {
        let status = self.0.status();
        let in_use = status.size.saturating_sub(status.available);
        Connections { limit: status.max_size, size: status.size, in_use, waiting: status.waiting }
    }

    /// A connection that was alive a moment ago.
    pub(crate) async fn get(&self) -> Result<Connection, StoreError> {
        match self.0.get().await {
            Ok(object) => Ok(Connection { object: Some(object), sound: true }),
            Err(PoolError::Backend(Backend::ConnectionError(error))) => Err(refused(&error)),
            Err(PoolError::Timeout(_)) => Err(StoreError::away("no connection to the database in time")),
            Err(error) => Err(StoreError::away(error)),
        }
    }
}

impl Connection {
    /// Runs one statement, for as long as statements may take.
    ///
    /// # Cancel safety
    /// Dropped, the statement's outcome is unknown, and the connection is closed.
    pub(crate) async fn run<T>(
        &mut self,
        statement: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> Answer<'c, T>,
    ) -> Result<T, StoreError> {
        let connection = self.object.as_mut().expect("it is taken only when dropped");
        self.sound = false;
        let error = match timeout(STATEMENT, statement(connection)).await {
            Err(_) => return Err(StoreError::away("the database did not answer in time")),
            Ok(Err(error)) if is_drivers(&error) => return Err(StoreError::away(error)),
            Ok(Err(error)) => error,
            Ok(Ok(answer)) => {
                self.sound = true;
                return Ok(answer);
            }
        };
        let code = timeout(STATEMENT, diagnosis::code(connection)).await;
        let Ok(Ok(code)) = code else { return Err(StoreError::away(error)) };
        let error = StoreError::server(code, error.to_string());
        self.sound = !error.spoils_connection();
        Err(error)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.sound {
            drop(self.object.take().map(Object::take));
        }
    }
}

/// A connection that the server has closed must not be handed out, again and again.
fn verified<'a>(connection: &'a mut AsyncMysqlConnection, used: &'a Metrics) -> HookFuture<'a, Backend> {
    Box::pin(async move {
        if used.last_used() < FRESH {
            return Ok(());
        }
        // Unlike other texts, this one is prepared once and kept.
        let one = diesel::select(1.into_sql::<Integer>());
        match timeout(RECYCLE, one.get_result::<i32>(connection)).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(HookError::message("it died")),
        }
    })
}

/// One connection, outside of any pool.
pub(crate) async fn connect(options: Opts) -> ConnectionResult<AsyncMysqlConnection> {
    let options = OptsBuilder::from_opts(options)
        // Else the driver asks for the server's local socket, goes there, and past any proxy.
        .prefer_socket(false)
        // Affected rows are then those that were inserted, not those that were found.
        .client_found_rows(false)
        // Diesel has its own cache of statements.
        .stmt_cache_size(0)
        .setup(vec![SESSION]);
    let connection = Conn::new(options).await.map_err(coded)?;
    AsyncMysqlConnection::try_from(connection).await
}

/// Diesel has no place for the server's code: it goes into the text, for [`refused`] to read.
fn coded(error: mysql_async::Error) -> ConnectionError {
    match error {
        mysql_async::Error::Server(error) => {
            let text = format!("{}:{}", error.code, error.message);
            let error = Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text));
            ConnectionError::CouldntSetupConfiguration(error)
        }
        error => ConnectionError::BadConnection(error.to_string()),
    }
}

/// What it means that a connection could not be had.
pub(crate) fn refused(error: &ConnectionError) -> StoreError {
    let ConnectionError::CouldntSetupConfiguration(Error::DatabaseError(_, information)) = error else {
        return StoreError::away(error);
    };
    let coded = information.message().split_once(':');
    match coded.and_then(|(code, text)| Some((code.parse().ok()?, text))) {
        Some((code, text)) => StoreError::server(code, text.to_owned()),
        None => StoreError::away(information.message()),
    }
}

/// Whether the connection failed, rather than the server refused.
fn is_drivers(error: &Error) -> bool {
    const DRIVER: [&str; 3] = ["Input/output error", "Driver error", "Other error"];
    match error {
        Error::DatabaseError(_, information) => {
            DRIVER.iter().any(|start| information.message().starts_with(start))
        }
        _ => true,
    }
}
