//! Rows of `inbox`: which messages have had their effect.

use std::collections::HashSet;
use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types::Binary;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use shared::message::DedupId;

use crate::connection::pool::Connection;
use crate::error::StoreError;
use crate::literal::hex;

/// Under which name messages are marked, as a literal that needs no quoting.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    job: String,
}

#[derive(QueryableByName)]
struct Marked {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

impl Marks {
    pub(crate) fn of(job: &str) -> Self {
        Self { job: hex(job.as_bytes()) }
    }

    /// Begins a transaction that marks all of these, in one round trip. Where one was marked before,
    /// the server says that its key is a duplicate; where one is being marked, it waits.
    ///
    /// Ids are given in the order of their key: transactions that lock rows in one order cannot
    /// deadlock.
    pub(crate) async fn begin(
        &self,
        connection: &mut Connection,
        ids: impl Iterator<Item = DedupId>,
    ) -> Result<(), StoreError> {
        let mut text = "BEGIN; INSERT INTO inbox (job, id) VALUES ".to_owned();
        for (place, id) in ids.enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            let _ = write!(text, "{separator}({}, {})", self.job, hex(id.as_bytes()));
        }
        connection.run(|connection| Box::pin(async move { connection.batch_execute(&text).await })).await
    }

    /// Which of these are marked for good. It locks, so that a proxy sends it to the writer, and it is
    /// a transaction of its own: locks on ids that are not there would outlast it otherwise, and two who
    /// hold such locks keep each other from inserting.
    pub(crate) async fn marked(
        &self,
        connection: &mut Connection,
        ids: impl Iterator<Item = DedupId>,
    ) -> Result<HashSet<DedupId>, StoreError> {
        let ids: Vec<_> = ids.map(|id| hex(id.as_bytes())).collect();
        let query = format!(
            "SELECT id FROM inbox WHERE job = {} AND id IN ({}) ORDER BY id FOR UPDATE",
            self.job,
            ids.join(", ")
        );
        let query = diesel::sql_query(query);
        let marked = connection.run(|connection| Box::pin(query.load::<Marked>(connection))).await?;
        let ids = marked.into_iter().filter_map(|marked| <[u8; 16]>::try_from(marked.id).ok());
        Ok(ids.map(DedupId::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_literal_whatever_it_holds() {
        assert_eq!(Marks::of("map:a'b").job, "x'6d61703a612762'");
    }
}
