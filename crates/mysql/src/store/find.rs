//! Finds one row, for whoever asks where a message is.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use shared::message::DedupId;

use super::MysqlStore;
use crate::error::StoreError;
use crate::schema::messages;

/// A row, without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// When it was stored, UTC.
    pub stored_at: NaiveDateTime,
    /// When SQS took the message, UTC; `None` where SQS did not say.
    pub sent_at: Option<NaiveDateTime>,
    /// Of the body.
    pub bytes: i64,
}

impl MysqlStore {
    /// The row with this id, if there is one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find(&self, id: DedupId) -> Result<Option<Stored>, StoreError> {
        let query = messages::table.filter(messages::id.eq(id.as_bytes().to_vec())).select((
            messages::created_at,
            messages::sent_at,
            sql::<BigInt>("OCTET_LENGTH(message)"),
        ));
        let mut connection = self.pool.get().await?;
        let row = connection.run(|connection| Box::pin(async { query.first(connection).await.optional() }));
        let row: Option<(NaiveDateTime, Option<NaiveDateTime>, i64)> = row.await?;
        Ok(row.map(|(stored_at, sent_at, bytes)| Stored { stored_at, sent_at, bytes }))
    }

    /// The body of that row.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn body(&self, id: DedupId) -> Result<Option<String>, StoreError> {
        let query = messages::table.filter(messages::id.eq(id.as_bytes().to_vec())).select(messages::message);
        let mut connection = self.pool.get().await?;
        connection.run(|connection| Box::pin(async { query.first(connection).await.optional() })).await
    }
}
