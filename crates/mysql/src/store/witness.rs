//! The witness: whether what was stored before would be stored now.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use shared::message::DedupId;
use tokio::time::Instant;

use super::insert;
use super::row::Row;
use crate::connection::pool::Connection;
use crate::error::{StoreError, codes};
use crate::schema::messages;

/// A row is kept so often at the most, and up to so many bytes.
const EVERY: Duration = Duration::from_secs(1);
const BYTES: usize = 64 << 10;

/// A row that was stored.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    message: String,
    sent_at: Option<NaiveDateTime>,
}

/// One of the rows that were stored last, as the table may be emptied by others.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Option<(Instant, Whole)>>);

impl Kept {
    pub(crate) fn keep(&self, rows: &[Row<'_>]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|(at, _)| at.elapsed() < EVERY) {
            return;
        }
        if let Some(row) = rows.iter().rfind(|row| row.message.len() <= BYTES) {
            let whole = Whole { message: row.message.to_owned(), sent_at: row.sent_at };
            *kept = Some((Instant::now(), whole));
        }
    }

    pub(crate) fn get(&self) -> Option<Whole> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|(_, whole)| whole.clone())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(message: &str) -> Row<'_> {
        Row { id: &[0; 16], message, sent_at: None, lane: None }
    }

    #[tokio::test(start_paused = true)]
    async fn one_row_a_second_is_kept_and_no_large_one() {
        let (kept, large) = (Kept::default(), "x".repeat(BYTES + 1));
        let message = || kept.get().map(|row| row.message);
        kept.keep(&[row(&large)]);
        assert_eq!(message(), None);
        kept.keep(&[row("first"), row(&large)]);
        kept.keep(&[row("second")]);
        assert_eq!(message().as_deref(), Some("first"));
        tokio::time::sleep(EVERY).await;
        kept.keep(&[row("third")]);
        assert_eq!(message().as_deref(), Some("third"));
    }
}
