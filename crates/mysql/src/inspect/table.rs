//! The table as the server describes it, and whether a row could be stored in it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::bounded::{bounded, run};
use crate::connection::pool::Connection;
use crate::error::StoreError;
use crate::migrations::versions;
use crate::schema::messages;
use crate::store::witness;

/// The table, whatever there is of it.
#[derive(Clone, Debug)]
pub struct Table {
    /// Migrations against those of this program; an error where they cannot be read.
    pub migrations: Result<Migrations, StoreError>,
    /// Its columns; none where there is no table, or no right to it.
    pub columns: Vec<Column>,
    /// Its storage engine.
    pub engine: Option<String>,
    /// Whether it can be read.
    pub select: Result<(), StoreError>,
    /// Whether a row could be stored now, as far as that was found out.
    pub insert: Insert,
}

/// Whether a row could be stored, and how that was found out.
#[derive(Clone, Debug)]
pub enum Insert {
    /// A row that is there was stored once more, under a new id, and taken back.
    Tried(Result<(), StoreError>),
    /// There is no row: the server was asked how it would store one, and stored none.
    Examined(Result<(), StoreError>),
    /// Not found out: an engine without transactions would keep the row.
    Untried,
}

/// Migrations, by version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrations {
    /// This program's that are not applied.
    pub pending: Vec<String>,
    /// Applied, and not this program's: a later version's.
    pub unknown: Vec<String>,
}

/// A column, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Column {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Such as `datetime(6)`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Of text.
    #[diesel(sql_type = Nullable<Text>)]
    pub charset: Option<String>,
    /// `YES` or `NO`.
    #[diesel(sql_type = Text)]
    pub nullable: String,
    /// Where a row says nothing.
    #[diesel(sql_type = Nullable<Text>)]
    pub value: Option<String>,
    /// `PRI` where it is of the primary key.
    #[diesel(sql_type = Text)]
    pub part_of: String,
    /// Such as `VIRTUAL GENERATED`.
    #[diesel(sql_type = Text)]
    pub extra: String,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

/// Takes the same rights as storing a row; stores none.
/// <https://dev.mysql.com/doc/refman/8.4/en/explain.html>
const EXAMINE: &str = "EXPLAIN INSERT INTO messages (id, message, sent_at) \
     VALUES (x'00000000000000000000000000000000', '', NULL) ON DUPLICATE KEY UPDATE id = id";

/// Looks; the last thing that is done on the connection.
pub(crate) async fn look(mut connection: Connection) -> Result<Table, StoreError> {
    let connection = &mut connection;
    let migrations = answered(migrations(connection).await)?;
    let columns = columns(connection, MESSAGES).await?;
    let engine = names(
        connection,
        "SELECT ENGINE AS name FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'messages'",
    );
    let engine = engine.await?.pop();
    let query = messages::table.limit(0);
    let select = run(connection, |connection| Box::pin(query.execute(connection))).await;
    let select = answered(select.map(drop))?;
    let insert = match &engine {
        Some(engine) if engine == "InnoDB" => insert(connection).await?,
        _ => Insert::Untried,
    };
    Ok(Table { migrations, columns, engine, select, insert })
}

async fn insert(connection: &mut Connection) -> Result<Insert, StoreError> {
    let newest = match bounded(witness::newest(connection)).await {
        // It may not be read: then nothing is known of its rows.
        Err(error) if error.code.is_some() => None,
        newest => newest?,
    };
    Ok(match newest {
        Some(row) => Insert::Tried(bounded(witness::try_again(connection, &row)).await),
        None => {
            Insert::Examined(run(connection, |connection| Box::pin(connection.batch_execute(EXAMINE))).await)
        }
    })
}

/// A refusal is an answer. After anything else the connection must not be used again: the next
/// statement would get this one's answer.
fn answered<T>(result: Result<T, StoreError>) -> Result<Result<T, StoreError>, StoreError> {
    match result {
        Err(error) if error.code.is_none() => Err(error),
        answered => Ok(answered),
    }
}

pub(crate) const MESSAGES: &str = "messages";

/// The columns of a table; none where there is no table, or no right to it.
pub(crate) async fn columns(connection: &mut Connection, table: &str) -> Result<Vec<Column>, StoreError> {
    let query = diesel::sql_query(
        "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS kind, CHARACTER_SET_NAME AS charset, \
         IS_NULLABLE AS nullable, COLUMN_DEFAULT AS value, COLUMN_KEY AS part_of, EXTRA AS extra \
         FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
    );
    let query = query.bind::<Text, _>(table.to_owned());
    run(connection, |connection| Box::pin(query.load(connection))).await
}

/// Diesel would create its table of migrations before it reads it.
async fn migrations(connection: &mut Connection) -> Result<Migrations, StoreError> {
    const NO_SUCH_TABLE: Option<u16> = Some(1146);
    let applied = names(connection, "SELECT version AS name FROM __diesel_schema_migrations").await;
    let applied = match applied {
        Err(error) if error.code == NO_SUCH_TABLE => Vec::new(),
        applied => applied?,
    };
    Ok(Migrations::of(&versions(), &applied.into_iter().collect()))
}

impl Migrations {
    fn of(ours: &BTreeSet<String>, applied: &BTreeSet<String>) -> Self {
        let pending = ours.difference(applied).cloned().collect();
        Self { pending, unknown: applied.difference(ours).cloned().collect() }
    }
}

async fn names(connection: &mut Connection, statement: &'static str) -> Result<Vec<String>, StoreError> {
    let query = diesel::sql_query(statement);
    let names: Vec<Name> = run(connection, |connection| Box::pin(query.load(connection))).await?;
    Ok(names.into_iter().filter_map(|name| name.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_pending_or_of_a_later_version() {
        let versions = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let found = Migrations::of(&versions(&["1", "2"]), &versions(&["1", "3"]));
        assert_eq!(found, Migrations { pending: vec!["2".into()], unknown: vec!["3".into()] });
    }
}
