//! A connection: how it is made, used for one statement at a time, and closed.

use std::collections::HashSet;
use std::pin::Pin;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use diesel_async::AsyncMysqlConnection;
use mysql_async::{Conn, Error, Opts, OptsBuilder};
use tokio::time::timeout;

use super::diagnosis::diagnose;
use super::server::{Kind, Peer, Thread};
use crate::error::StoreError;

/// What every session is told, as a server's own settings may be anything. Strict: nothing is
/// stored cut short. Waits for locks are bounded: a statement that nobody awaits any more ends.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
     innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, autocommit = 1";

/// For one statement; longer than the server waits for a lock.
pub(crate) const STATEMENT: Duration = Duration::from_secs(10);

/// So many texts stay prepared on one connection. A program whose texts differ each time must not fill the server with them: all
/// connections to a server share its `max_prepared_stmt_count`, 16,382 unless it is set.
const MAX_KEPT: usize = 64;

/// A statement's answer, as diesel-async boxes it.
pub(crate) type Answer<'c, T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send + 'c>>;

/// A connection.
///
/// A statement that was not awaited to its end leaves an answer on the wire, which the next
/// statement would take for its own. So what is not known to be sound is never spoken to again.
pub(crate) struct Session {
    /// `None` once it is closed.
    connection: Option<AsyncMysqlConnection>,
    kind: Kind,
    /// Who serves it, where that is known for sure.
    pub(crate) thread: Option<Thread>,
    /// The most bytes that the server takes in one packet.
    pub(crate) max_packet: usize,
    pub(crate) state: State,
    /// Texts of statements that stay prepared although diesel would not keep them.
    kept: HashSet<String>,
}

/// Of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// May be used.
    Sound,
    /// A statement was sent, and how it ended is not known: the server may still be at it.
    Unknown,
    /// Not to be used, and nothing is under way.
    Spoiled,
}

/// A statement that failed.
pub(crate) struct Failure {
    /// What it means.
    pub(crate) why: StoreError,
    /// As diesel says it.
    pub(crate) error: DieselError,
    /// Whether there was no answer in time.
    pub(crate) is_late: bool,
}

impl Failure {
    /// The statement was not sent, or was not answered.
    fn unanswered(text: &'static str, is_late: bool) -> Self {
        let error = DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text.to_owned()));
        Self { why: StoreError::away(text), error, is_late }
    }
}

impl Session {
    /// Connects, and asks the server who it is.
    ///
    /// # Cancel safety
    /// Safe: the connection is closed.
    pub(crate) async fn open(options: Opts) -> Result<Self, StoreError> {
        let mut connection = greet(options, &[]).await?;
        let Peer { kind, thread, max_packet } = Peer::of(&mut connection).await.map_err(failed)?;
        let connection = Some(wrap(connection).await?);
        Ok(Self { connection, kind, thread, max_packet, state: State::Sound, kept: HashSet::new() })
    }

    /// Runs one statement.
    ///
    /// # Cancel safety
    /// Dropped, the statement's outcome is unknown, and the connection is closed.
    pub(crate) async fn run<T>(
        &mut self,
        within: Duration,
        statement: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> Answer<'c, T>,
    ) -> Result<T, StoreError> {
        self.attempt(within, statement).await.map_err(|failure| failure.why)
    }

    /// As [`run`](Self::run), and says also how diesel tells a failure.
    pub(crate) async fn attempt<T>(
        &mut self,
        within: Duration,
        statement: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> Answer<'c, T>,
    ) -> Result<T, Failure> {
        let connection = match &mut self.connection {
            Some(connection) if self.state == State::Sound => connection,
            _ => return Err(Failure::unanswered("the connection was lost before", false)),
        };
        self.state = State::Unknown;
        let late = |_| Failure::unanswered("the database did not answer in time", true);
        let error = match timeout(within, statement(connection)).await.map_err(late)? {
            Ok(answer) => {
                self.state = State::Sound;
                return Ok(answer);
            }
            Err(error) => error,
        };
        let why = match timeout(within, diagnose(connection, self.kind, &error)).await.map_err(late)? {
            Ok(why) => why,
            Err(why) => return Err(Failure { why, error, is_late: false }),
        };
        self.state = if why.keeps_connection() { State::Sound } else { State::Spoiled };
        Err(Failure { why, error, is_late: false })
    }

    /// Whether the statement with this text is to stay prepared: the first [`MAX_KEPT`] are.
    pub(crate) fn keeps_prepared(&mut self, text: &str) -> bool {
        self.kept.contains(text) || self.kept.len() < MAX_KEPT && self.kept.insert(text.to_owned())
    }

    /// The connection, for settings that send nothing.
    pub(crate) fn raw(&mut self) -> &mut AsyncMysqlConnection {
        self.connection.as_mut().expect("it is taken only when the session ends")
    }

    /// The connection itself, for what knows no other.
    pub(crate) fn into_connection(mut self) -> Result<AsyncMysqlConnection, StoreError> {
        self.connection.take().ok_or_else(|| StoreError::away("the connection was lost before"))
    }
}

/// A sound connection takes its leave. Another one is closed on the spot: left to the driver, it
/// would be sent a `ROLLBACK` and a farewell, and kept open for as long as it does not take them.
impl Drop for Session {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if self.state == State::Sound {
            return;
        }
        close(connection);
    }
}

/// On the spot: the driver speaks to connections only where there is a runtime to do so.
pub(crate) fn close(connection: impl Send + 'static) {
    let closing = std::thread::Builder::new().name("close".into()).spawn(move || drop(connection));
    drop(closing);
}

/// Connects; the session is told `also` what it is not told elsewhere.
pub(crate) async fn greet(options: Opts, also: &[&str]) -> Result<Conn, StoreError> {
    let options = OptsBuilder::from_opts(options)
        // Else the driver asks for the server's local socket, goes there, and past any proxy.
        .prefer_socket(false)
        // Affected rows are then those that were inserted, not those that were found.
        .client_found_rows(false)
        // Diesel has its own cache of statements.
        .stmt_cache_size(0)
        .setup([&[SESSION], also].concat());
    Conn::new(options).await.map_err(failed)
}

async fn wrap(connection: Conn) -> Result<AsyncMysqlConnection, StoreError> {
    AsyncMysqlConnection::try_from(connection).await.map_err(StoreError::away)
}

/// What the driver's error means.
pub(crate) fn failed(error: Error) -> StoreError {
    match error {
        Error::Server(error) => StoreError::server(error.code, error.message),
        error => StoreError::away(error),
    }
}
