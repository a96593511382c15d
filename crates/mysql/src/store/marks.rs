//! Finds which jobs are done with a message, for whoever asks where it is.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use shared::message::DedupId;

use super::MysqlStore;
use crate::error::{Class, StoreError};
use crate::schema::inbox;

/// A mark in `inbox`: a job, or a mapping, is done with the message.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Marked {
    /// Its name; a mapping's begins with `map:`.
    pub job: String,
    /// When its transaction began, UTC.
    pub handled_at: NaiveDateTime,
}

impl MysqlStore {
    /// The marks of the message with this id; none where there is no table `inbox`, or it is not for this
    /// user to read.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn marks(&self, id: DedupId) -> Result<Vec<Marked>, StoreError> {
        // Jobs are few and rows are many. The key begins with the job, so each one's mark is looked up.
        let jobs = inbox::table.select(inbox::job).distinct();
        let mut connection = self.pool.get().await?;
        let jobs = connection.run(|connection| Box::pin(jobs.load::<String>(connection))).await;
        let jobs = match jobs {
            Err(error) if matches!(error.class, Class::Schema | Class::Denied) => return Ok(Vec::new()),
            jobs => jobs?,
        };
        let mut marks = Vec::new();
        for job in jobs {
            let mark = inbox::table.find((job, id.as_bytes().to_vec()));
            let query = mark.select((inbox::job, inbox::handled_at));
            let found =
                connection.run(|connection| Box::pin(async { query.first(connection).await.optional() }));
            marks.extend(found.await?);
        }
        Ok(marks)
    }
}
