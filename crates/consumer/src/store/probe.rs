//! Whether rows could be stored now: stores one, and takes it back.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use shared::message::DedupId;

use super::error::StoreError;
use super::pool::Connection;
use super::schema::messages;

/// A `SELECT` would succeed on a server that is read-only, full or locked.
pub(super) async fn probe(connection: &mut Connection) -> Result<(), StoreError> {
    let id = DedupId::generate();
    let row = (messages::id.eq(id.as_bytes().as_slice()), messages::message.eq("probe"));
    connection.run(|connection| diesel::sql_query("START TRANSACTION").execute(connection)).await?;
    let statement = diesel::insert_into(messages::table).values(row);
    let stored = connection.run(|connection| statement.execute(connection)).await;
    connection.run(|connection| diesel::sql_query("ROLLBACK").execute(connection)).await?;
    stored.map(drop)
}
