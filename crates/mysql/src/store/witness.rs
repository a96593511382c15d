//! The witness: whether what was stored before would be stored now.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use shared::message::DedupId;

use super::insert;
use super::kept::Kept;
use super::row::Row;
use crate::connection::pool::Connection;
use crate::error::{StoreError, codes};
use crate::schema::messages;

/// A row that was stored.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    message: String,
    sent_at: Option<NaiveDateTime>,
}

/// One of the rows that were stored last, as the table may be emptied by others.
pub(crate) fn keep(kept: &Kept<Whole>, rows: &[Row<'_>]) {
    kept.keep(|most| {
        let row = rows.iter().rfind(|row| row.message.len() <= most)?;
        Some(Whole { message: row.message.to_owned(), sent_at: row.sent_at })
    });
}

/// The row that was stored last, by its id.
pub(crate) async fn newest(connection: &mut Connection) -> Result<Option<Whole>, StoreError> {
    let query = messages::table.select((messages::message, messages::sent_at)).order(messages::id.desc());
    let row = connection.run(|connection| Box::pin(async move { query.first(connection).await.optional() }));
    let row: Option<(String, Option<NaiveDateTime>)> = row.await?;
    Ok(row.map(|(message, sent_at)| Whole { message, sent_at }))
}

/// Stores the row under a new id, as all rows are stored, and takes it back. A second row with its
/// own id would meet no partition, no foreign key and no trigger.
pub(crate) async fn try_again(connection: &mut Connection, row: &Whole) -> Result<(), StoreError> {
    let id = DedupId::generate();
    let row = Row { id: id.as_bytes(), message: &row.message, sent_at: row.sent_at, lane: None };
    let most = connection.max_packet();
    let insert = async |connection: &mut Connection| insert::insert(connection, &[row], most).await;
    match connection.rolled_back(insert).await {
        // Where a column of the row's is unique, the first one of its kind is in the way.
        Err(error) if error.code.is_some_and(codes::is_duplicate) => Ok(()),
        taken => taken.map(drop),
    }
}
