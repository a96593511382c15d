//! Whether rows could be stored now: stores one as all are stored, and takes it back.

use diesel_async::RunQueryDsl;
use shared::message::DedupId;

use super::error::StoreError;
use super::insert::{self, Row};
use super::pool::Connection;

/// A `SELECT` would succeed on a server that is read-only, full or locked.
pub(super) async fn probe(connection: &mut Connection) -> Result<(), StoreError> {
    let id = DedupId::generate();
    let row = Row { id: id.as_bytes(), message: "probe", sent_at: None };
    connection.run(|connection| diesel::sql_query("START TRANSACTION").execute(connection)).await?;
    let stored = insert::insert(connection, vec![row]).await;
    connection.run(|connection| diesel::sql_query("ROLLBACK").execute(connection)).await?;
    stored.map(drop)
}
