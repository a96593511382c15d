//! Brings the tables up to date, one process at a time.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncMigrationHarness, AsyncMysqlConnection, RunQueryDsl};
use diesel_migrations::MigrationHarness;
use shared::backoff::Backoff;
use tokio::time::sleep;

use crate::connection::pool::Pool;
use crate::connection::session::Session;
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::inspect::table::Column;
use crate::inspect::{inbox, outbox, shape, table};
use crate::migrations::MIGRATIONS;
use crate::store::open::OpenError;

/// Longer than any of them takes.
const LOCK_SECONDS: u32 = 60;
/// A cluster's lock holds on one of its servers only, so those who go to several get in each
/// other's way; what one of them has done, the next try finds done.
const TRIES: u32 = 6;
const AGAIN: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(3) };

/// Applies what is pending, and says what that was. Several may do so at once: diesel takes no
/// lock, so the first one takes the server's, and the others find nothing left to do.
///
/// # Errors
/// Where the database cannot be reached, a migration fails, or the table is not this program's.
pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    let mut tries = 0;
    let applied = loop {
        tries += 1;
        match apply(url).await {
            Err(OpenError::Migration(..)) if tries < TRIES => sleep(AGAIN.delay(tries)).await,
            applied => break applied?,
        }
    };
    check(url).await.map(|()| applied)
}

/// Looks that each table is this program's.
async fn check(url: &DatabaseUrl) -> Result<(), OpenError> {
    let [messages, inbox, outbox] = columns(url).await.map_err(|error| OpenError::new(url, error))?;
    let foreign = |flaws: Vec<String>, error: fn(DatabaseUrl, String) -> OpenError| {
        if flaws.is_empty() { Ok(()) } else { Err(error(url.clone(), flaws.join("; "))) }
    };
    foreign(shape::foreign(&messages), OpenError::Foreign)?;
    foreign(inbox::flaws(&inbox), OpenError::ForeignInbox)?;
    foreign(outbox::flaws(&outbox), OpenError::ForeignOutbox)
}

/// Of all tables.
async fn columns(url: &DatabaseUrl) -> Result<[Vec<Column>; 3], StoreError> {
    let mut connection = Pool::new(url.clone(), 1).get().await?;
    let messages = table::columns(&mut connection, table::MESSAGES).await?;
    let inbox = table::columns(&mut connection, inbox::TABLE).await?;
    Ok([messages, inbox, table::columns(&mut connection, outbox::TABLE).await?])
}

async fn apply(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    let failed = |error: String| OpenError::Migration(url.clone(), error);
    let locked = locked(url).await.map_err(|error| OpenError::new(url, error))?;
    // The lock ends with the connection.
    let Some(connection) = locked else {
        return Err(failed(format!("another one has been at it for {LOCK_SECONDS} s")));
    };
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = harness.run_pending_migrations(MIGRATIONS).map_err(|error| failed(error.to_string()))?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// A connection that holds the lock; `None` where another one does. The lock is the server's, not
/// the database's, so its name, of up to 64 characters, says for which. The answer is read by its
/// place: Vitess does not keep a name that it was given.
async fn locked(url: &DatabaseUrl) -> Result<Option<AsyncMysqlConnection>, StoreError> {
    let mut session = Session::open(url.current().await?).await?;
    let query =
        sql::<Nullable<BigInt>>("SELECT GET_LOCK(CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40)), ")
            .sql(&format!("{LOCK_SECONDS})"));
    let within = Duration::from_secs(u64::from(LOCK_SECONDS) + 10);
    let got: Option<i64> = session.run(within, |connection| Box::pin(query.get_result(connection))).await?;
    if got == Some(1) { session.into_connection().map(Some) } else { Ok(None) }
}
