//! Looks at a database and its table, and leaves both as they are.

mod bounded;
pub mod cluster;
pub(crate) mod inbox;
pub mod outbox;
pub mod shape;
pub mod table;
pub mod variables;

use std::time::{SystemTime, UNIX_EPOCH};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

use crate::connection::pool::{Connection, Pool};
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::store::open::OpenError;
use bounded::run;
use outbox::OutboxFacts;
use table::Table;
use variables::Variables;

/// What can be learned about a database from outside.
#[derive(Clone, Debug)]
pub struct DatabaseFacts {
    /// As the server says it: `8.4.3`, `10.11.6-MariaDB-…`.
    pub version: String,
    /// Milliseconds that the server's clock is ahead of this host's; negative: behind.
    pub ahead: i64,
    /// The server's settings.
    pub variables: Variables,
    /// The table.
    pub table: Table,
    /// The table of what waits to be sent.
    pub outbox: OutboxFacts,
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    millis: i64,
}

/// Looks. Each statement takes 5 s at the most, and so does connecting.
///
/// # Errors
/// Where the database cannot be reached or denies access.
pub async fn inspect(url: &DatabaseUrl) -> Result<DatabaseFacts, OpenError> {
    look(url).await.map_err(|error| OpenError::new(url, error))
}

async fn look(url: &DatabaseUrl) -> Result<DatabaseFacts, StoreError> {
    let mut connection = Pool::new(url.clone(), 1).get().await?;
    let asked = millis(SystemTime::now());
    let server = server(&mut connection).await?;
    let ahead = server.millis - i64::midpoint(asked, millis(SystemTime::now()));
    let variables = Variables::of(&mut connection).await?;
    let outbox = outbox::look(&mut connection).await?;
    let table = table::look(connection).await?;
    Ok(DatabaseFacts { version: server.version, ahead, variables, table, outbox })
}

async fn server(connection: &mut Connection) -> Result<Server, StoreError> {
    let query = diesel::sql_query(
        "SELECT VERSION() AS version, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED) AS millis",
    );
    run(connection, |connection| Box::pin(query.get_result(connection))).await
}

fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
