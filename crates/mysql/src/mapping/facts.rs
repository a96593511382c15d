//! The table of a mapping as `information_schema` has it.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;

use crate::connection::pool::Connection;
use crate::error::StoreError;
use crate::inspect::table::{Column, columns};

/// What there is of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// `BASE TABLE`, `VIEW` and so on; `None` where there is none, or no right to it.
    pub(crate) kind: Option<String>,
    pub(crate) engine: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// Unique keys, the primary one among them.
    pub(crate) keys: Vec<Key>,
    /// Names of triggers that an insert or an update fires.
    pub(crate) triggers: Vec<String>,
}

/// A unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// `None` of a part that is an expression.
    pub(crate) columns: Vec<Option<String>>,
}

#[derive(QueryableByName)]
struct Two {
    #[diesel(sql_type = Nullable<Text>)]
    one: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    other: Option<String>,
}

const TABLE: &str = "SELECT TABLE_TYPE AS one, ENGINE AS other FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
const KEYS: &str = "SELECT INDEX_NAME AS one, COLUMN_NAME AS other FROM information_schema.STATISTICS \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX";
const TRIGGERS: &str = "SELECT TRIGGER_NAME AS one, NULL AS other FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? AND EVENT_MANIPULATION <> 'DELETE'";

impl Facts {
    /// Asks.
    pub(crate) async fn read(connection: &mut Connection, table: &str) -> Result<Self, StoreError> {
        let found = pairs(connection, TABLE, table).await?.pop();
        let (kind, engine) = found.map_or((None, None), |found| (found.one, found.other));
        let columns = columns(connection, table).await?;
        let keys = keys(pairs(connection, KEYS, table).await?);
        let triggers = pairs(connection, TRIGGERS, table).await?;
        let triggers = triggers.into_iter().filter_map(|trigger| trigger.one).collect();
        Ok(Self { kind, engine, columns, keys, triggers })
    }

    /// Servers know columns in any case.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

async fn pairs(
    connection: &mut Connection,
    query: &'static str,
    table: &str,
) -> Result<Vec<Two>, StoreError> {
    let query = diesel::sql_query(query).bind::<Text, _>(table.to_owned());
    connection.run(|connection| Box::pin(query.load(connection))).await
}

fn keys(parts: Vec<Two>) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for Two { one, other } in parts {
        let name = one.unwrap_or_default();
        match keys.last_mut().filter(|key| key.name == name) {
            Some(key) => key.columns.push(other),
            None => keys.push(Key { name, columns: vec![other] }),
        }
    }
    // The primary key comes first: that is the one which a server asks first.
    keys.sort_by_key(|key| key.name != "PRIMARY");
    keys
}
