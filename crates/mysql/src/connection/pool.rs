//! The connections that workers share: lent out, checked before each use, and thrown away.

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, Pool as DeadPool, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType,
};
use diesel::IntoSql;
use diesel::sql_types::Integer;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use engine::handler::Connections;

use super::generation::Generation;
use super::session::{Answer, Failure, STATEMENT, Session, State};
use super::stragglers::Stragglers;
use super::url::DatabaseUrl;
use crate::error::StoreError;

/// To connect, and to have a connection checked before it is used again.
const CONNECT: Duration = Duration::from_secs(5);
const RECYCLE: Duration = Duration::from_secs(2);
/// A connection that was used so recently is taken to be alive: under load, asking each time would
/// cost a round trip an insert. One that died since costs what one costs that dies in a statement.
const FRESH: Duration = Duration::from_millis(100);
/// A connection's longest life, less up to a tenth: the host's name is then looked up anew, and what
/// a failover left on the wrong server comes back.
pub(crate) const LIFE: Duration = Duration::from_mins(10);

/// Connections to one database.
#[derive(Clone)]
pub(crate) struct Pool {
    lenders: DeadPool<Lender>,
    shared: Arc<Shared>,
}

/// What the connections have in common.
struct Shared {
    /// Those of an earlier one are not used again.
    generation: Generation,
    stragglers: Stragglers,
}

/// Makes connections and checks them.
struct Lender {
    url: DatabaseUrl,
    shared: Arc<Shared>,
}

/// A connection of the pool's.
struct Pooled {
    session: Session,
    generation: u64,
    life: Duration,
}

/// A connection on loan. It goes back only if it is sound.
pub(crate) struct Connection {
    object: Option<Object<Lender>>,
    shared: Arc<Shared>,
    in_transaction: bool,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pool").field(&self.lenders.status()).finish()
    }
}

impl Pool {
    /// Up to `size` connections, none of them made yet.
    pub(crate) fn new(url: DatabaseUrl, size: usize) -> Self {
        let shared =
            Arc::new(Shared { generation: Generation::default(), stragglers: Stragglers::up_to(size) });
        let pool = DeadPool::builder(Lender { url, shared: shared.clone() })
            .max_size(size)
            // The one used last is the one that is known to be alive.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(STATEMENT + CONNECT))
            .create_timeout(Some(CONNECT))
            .recycle_timeout(Some(RECYCLE))
            .build();
        Self { lenders: pool.expect("a runtime is given, and nothing else can be wrong"), shared }
    }

    /// Its connections at this moment.
    pub(crate) fn connections(&self) -> Connections {
        let status = self.lenders.status();
        let in_use = status.size.saturating_sub(status.available);
        Connections { limit: status.max_size, size: status.size, in_use, waiting: status.waiting }
    }

    /// A connection that was alive a moment ago, to a server on which nothing that was given up
    /// still runs, as far as that can be helped.
    pub(crate) async fn get(&self) -> Result<Connection, StoreError> {
        let object = self.lenders.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            // Those who have one may be at work; if they hang, it is they who say so.
            PoolError::Timeout(TimeoutType::Wait) => StoreError::busy("all connections are in use"),
            PoolError::Timeout(_) => StoreError::away("no connection to the database in time"),
            error => StoreError::away(error),
        })?;
        let mut connection =
            Connection { object: Some(object), shared: self.shared.clone(), in_transaction: false };
        let ended = self.shared.stragglers.end(connection.session()).await;
        ended.inspect_err(|error| connection.note(error))?;
        Ok(connection)
    }
}

impl managed::Manager for Lender {
    type Type = Pooled;
    type Error = StoreError;

    async fn create(&self) -> Result<Pooled, StoreError> {
        let generation = self.shared.generation.current();
        let session = Session::open(self.url.current().await?).await?;
        let life = LIFE.mul_f64(1.0 - fastrand::f64() / 10.0);
        Ok(Pooled { session, generation, life })
    }

    /// A connection that the server has closed must not be handed out, again and again.
    async fn recycle(&self, pooled: &mut Pooled, used: &Metrics) -> RecycleResult<StoreError> {
        if pooled.generation != self.shared.generation.current() {
            return Err(RecycleError::message("it leads to a server that is not to be used"));
        }
        if used.age() > pooled.life {
            return Err(RecycleError::message("it is old"));
        }
        if used.last_used() < FRESH {
            return Ok(());
        }
        // Unlike other texts, this one is prepared once and kept.
        let one = diesel::select(1.into_sql::<Integer>());
        let answer = pooled.session.run(RECYCLE, |connection| Box::pin(one.get_result::<i32>(connection)));
        answer.await.map(drop).map_err(RecycleError::Backend)
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
        self.attempt(STATEMENT, statement).await.map_err(|failure| failure.why)
    }

    /// As [`run`](Self::run), for as long as `within`, and says also how diesel tells a failure.
    pub(crate) async fn attempt<T>(
        &mut self,
        within: Duration,
        statement: impl for<'c> FnOnce(&'c mut AsyncMysqlConnection) -> Answer<'c, T>,
    ) -> Result<T, Failure> {
        let pooled = self.object.as_mut().expect("it is taken only when dropped");
        let answer = pooled.session.attempt(within, statement).await;
        answer.inspect_err(|failure| self.note(&failure.why))
    }

    /// A server that is not to be used any more takes all of its connections with it.
    fn note(&self, why: &StoreError) {
        if let Some(pooled) = self.object.as_ref().filter(|_| why.empties_pool()) {
            self.shared.generation.end(pooled.generation);
        }
    }

    /// Says whether a transaction is open, with which the connection must not go back.
    pub(crate) fn set_in_transaction(&mut self, is_open: bool) {
        self.in_transaction = is_open;
    }

    /// Does `work` in a transaction, and takes it back.
    ///
    /// # Cancel safety
    /// Dropped, the connection is closed, and nothing of the work stays either.
    pub(crate) async fn rolled_back<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.in_transaction = true;
        self.plainly("START TRANSACTION").await?;
        let done = work(self).await;
        if self.is_sound() {
            self.plainly("ROLLBACK").await?;
            self.in_transaction = false;
        }
        done
    }

    /// MySQL, unlike MariaDB, does not take these as prepared statements (error 1295).
    async fn plainly(&mut self, statement: &'static str) -> Result<(), StoreError> {
        self.run(|connection| Box::pin(connection.batch_execute(statement))).await
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.object.as_ref().is_some_and(|pooled| pooled.session.state == State::Sound)
    }

    /// The most bytes that the server takes in one packet.
    pub(crate) fn max_packet(&self) -> usize {
        self.object.as_ref().map_or(0, |pooled| pooled.session.max_packet)
    }

    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.object.as_mut().expect("it is taken only when dropped").session
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_sound() && !self.in_transaction {
            return;
        }
        let Some(object) = self.object.take() else { return };
        let mut pooled = Object::take(object);
        if pooled.session.state == State::Sound {
            pooled.session.state = State::Spoiled;
        }
        if let (State::Unknown, Some(thread)) = (pooled.session.state, &pooled.session.thread) {
            self.shared.stragglers.add(thread.clone());
        }
    }
}
