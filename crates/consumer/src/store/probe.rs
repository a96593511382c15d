//! Whether rows could be stored now: stores one as all are stored, and takes it back.

use diesel_async::SimpleAsyncConnection;
use shared::message::DedupId;

use super::error::StoreError;
use super::insert::{self, Row};
use super::pool::Connection;

/// A `SELECT` would succeed on a server that is read-only, full or locked.
pub(super) async fn probe(connection: &mut Connection) -> Result<(), StoreError> {
    let id = DedupId::generate();
    let row = Row { id: id.as_bytes(), message: "probe", sent_at: None };
    plainly(connection, "START TRANSACTION").await?;
    let stored = insert::insert(connection, &[row]).await;
    plainly(connection, "ROLLBACK").await?;
    stored.map(drop)
}

/// MySQL, unlike MariaDB, does not take these as prepared statements (error 1295).
async fn plainly(connection: &mut Connection, statement: &'static str) -> Result<(), StoreError> {
    connection.run(|connection| Box::pin(connection.batch_execute(statement))).await
}
