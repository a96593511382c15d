//! One batch, one statement: rows are added, and those already there are left as they are.

use std::collections::HashMap;

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Datetime, Nullable, Text};
use diesel_async::RunQueryDsl;
use engine::failpoint;

use super::packet;
use super::row::Row;
use crate::connection::pool::Connection;
use crate::error::StoreError;
use crate::schema::messages;

/// Stores the rows whose ids are new, all or none of them. Returns how many those are.
pub(crate) async fn insert(
    connection: &mut Connection,
    rows: &[Row<'_>],
    max_packet: usize,
) -> Result<usize, StoreError> {
    let (times, row) = packet::filler(rows, max_packet);
    let statement = Insert { rows, filler: row.into_iter().cycle().take(times) };
    failpoint::enter("insert-sent");
    connection.run(|connection| statement.execute(connection)).await
}

/// The statement. It comes in few sizes, each prepared once a connection and kept: one row is
/// repeated up to the next size, and passed over like any other that is already there.
///
/// `ON DUPLICATE KEY UPDATE id = id` passes over stored ids and nothing else; `INSERT IGNORE`
/// would also store text cut short and call it a warning. It takes the right to update.
struct Insert<'a, F> {
    rows: &'a [Row<'a>],
    filler: F,
}

impl<'a, F: Iterator<Item = &'a Row<'a>> + Clone> QueryFragment<Mysql> for Insert<'a, F> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql("INSERT INTO messages (id, message, sent_at) VALUES ");
        let mut size = 0;
        for row in self.rows.iter().chain(self.filler.clone()) {
            out.push_sql(if size == 0 { "(" } else { ", (" });
            out.push_bind_param::<Binary, _>(row.id)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(row.message)?;
            out.push_sql(", ");
            out.push_bind_param::<Nullable<Datetime>, _>(&row.sent_at)?;
            out.push_sql(")");
            size += 1;
        }
        out.push_sql(" ON DUPLICATE KEY UPDATE id = id");
        if !packet::is_usual(size) {
            out.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

/// Statements are told apart by their text.
impl<F> QueryId for Insert<'_, F> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The texts stored under the rows' ids.
///
/// The read locks, in the order of the key: it sees what is committed now, and a proxy that sends
/// reads to a replica, which may lag behind, sends this one to the writer.
/// <https://mariadb.com/kb/en/mariadb-maxscale-2501-readwritesplit/>
pub(crate) async fn stored(
    connection: &mut Connection,
    rows: &[Row<'_>],
) -> Result<HashMap<Vec<u8>, String>, StoreError> {
    let ids: Vec<Vec<u8>> = rows.iter().map(|row| row.id.to_vec()).collect();
    let query = messages::table
        .filter(messages::id.eq_any(ids))
        .select((messages::id, messages::message))
        .order(messages::id)
        .for_update();
    let rows: Vec<(Vec<u8>, String)> = connection.run(|connection| Box::pin(query.load(connection))).await?;
    Ok(rows.into_iter().collect())
}
