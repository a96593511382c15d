//! Brings the table up to date, one process at a time.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel::mysql::Mysql;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncMigrationHarness, AsyncMysqlConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::open::{DatabaseUrl, OpenError};
use super::pool;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
/// Longer than any of them takes.
const LOCK_SECONDS: u32 = 60;

#[derive(diesel::QueryableByName)]
struct Lock {
    #[diesel(sql_type = Nullable<BigInt>)]
    got: Option<i64>,
}

/// Applies what is pending, and says what that was. Several may do so at once: diesel takes no
/// lock, so the first one takes the server's, and the others find nothing left to do.
///
/// # Errors
/// Where the database cannot be reached, or a migration fails.
pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    let connection = pool::connect(url.options()).await;
    let mut connection = connection.map_err(|error| OpenError::new(url, pool::refused(&error)))?;
    let failed = |error: String| OpenError::Migration(url.clone(), error);
    // The lock ends with the connection.
    if !lock(&mut connection).await.map_err(|error| failed(error.to_string()))? {
        return Err(failed(format!("another one has been at it for {LOCK_SECONDS} s")));
    }
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = harness.run_pending_migrations(MIGRATIONS).map_err(|error| failed(error.to_string()))?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The versions of all that this program has.
pub(super) fn versions() -> BTreeSet<String> {
    let migrations = MigrationSource::<Mysql>::migrations(&MIGRATIONS).unwrap_or_default();
    migrations.iter().map(|migration| migration.name().version().to_string()).collect()
}

/// The lock is the server's, not the database's, so its name, of up to 64 characters, says for which.
async fn lock(connection: &mut AsyncMysqlConnection) -> diesel::QueryResult<bool> {
    let query = format!(
        "SELECT GET_LOCK(CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40)), {LOCK_SECONDS}) AS got"
    );
    let lock: Lock = diesel::sql_query(query).get_result(connection).await?;
    Ok(lock.got == Some(1))
}
