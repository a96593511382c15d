//! The statement that stores many rows at once. Names are quoted and values are bound.

use std::fmt::Write;

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Nullable, Text};

use super::facts::Facts;
use super::file::Mapping;
use super::keys::{filled_keys, guard, is_of};
use super::row::Row;
use super::source::{Existing, Source};
use super::value::Value;
use crate::store::packet;
use crate::store::subject::quoted;

/// A prepared statement has so many values at the most.
const MAX_VALUES: usize = 65_535;

/// Its parts that are always the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// Up to the rows.
    head: String,
    /// Behind the rows.
    tail: String,
    columns: usize,
}

impl Template {
    /// For the table as it was found.
    pub(crate) fn of(mapping: &Mapping, facts: &Facts) -> Self {
        let names: Vec<_> = mapping.columns.iter().map(|column| quoted(&column.name)).collect();
        let table = quoted(&mapping.table.value);
        let head = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
        let tail = match mapping.existing.value {
            Existing::Reject => String::new(),
            // It passes over keys that exist and nothing else; INSERT IGNORE would store what does not fit.
            Existing::Duplicate => format!(" ON DUPLICATE KEY UPDATE {0} = {0}", names[0]),
            Existing::Update => {
                format!(" ON DUPLICATE KEY UPDATE {}", assignments(mapping, facts).join(", "))
            }
        };
        Self { head, tail, columns: names.len() }
    }

    /// How many rows one statement takes at the most.
    pub(crate) fn max_rows(&self) -> usize {
        (MAX_VALUES / self.columns).max(1)
    }

    /// Bytes of its text with so many rows.
    pub(crate) fn bytes(&self, rows: usize) -> usize {
        self.head.len() + self.tail.len() + rows * (4 + 3 * self.columns)
    }
}

/// What an update sets. Assignments are evaluated in their order, so what others are compared with
/// comes last.
fn assignments(mapping: &Mapping, facts: &Facts) -> Vec<String> {
    let keys = filled_keys(mapping, facts);
    let is_key = |name: &str| keys.first().is_some_and(|key| is_of(key, name));
    let newer = mapping.if_newer.as_ref().map(|pointer| Source::Pointer(pointer.value.clone()));
    let newer = newer.and_then(|source| mapping.columns.iter().find(|column| column.source == source));
    let newer = newer.map(|column| quoted(&column.name));
    let set = |name: String| match &newer {
        Some(newer) => {
            format!("{name} = IF(COALESCE(VALUES({newer}) > {newer}, TRUE), VALUES({name}), {name})")
        }
        None => format!("{name} = VALUES({name})"),
    };
    let others = mapping.columns.iter().map(|column| &column.name).filter(|name| !is_key(name));
    let mut others: Vec<_> = others.map(|name| quoted(name)).collect();
    others.sort_by_key(|name| Some(name) == newer.as_ref());
    let mut all: Vec<_> = guarded(&keys, facts).into_iter().chain(others.into_iter().map(set)).collect();
    if all.is_empty() {
        let name = quoted(&mapping.columns[0].name);
        all.push(format!("{name} = {name}"));
    }
    all
}

/// Where several unique keys may be in the way, has the server refuse to update another row than the
/// one that the first key means: its key would become NULL.
fn guarded(keys: &[&super::facts::Key], facts: &Facts) -> Option<String> {
    let columns = guard(keys, facts).filter(|_| keys.len() > 1)?;
    let columns: Vec<_> = columns.iter().flatten().map(|name| quoted(name)).collect();
    let mut same = String::new();
    for (place, name) in columns.iter().enumerate() {
        let and = if place == 0 { "" } else { " AND " };
        let _ = write!(same, "{and}{name} <=> VALUES({name})");
    }
    Some(format!("{0} = IF({same}, {0}, NULL)", columns[0]))
}

/// Rows that one statement stores, all or none of them.
pub(crate) struct Insert<'r, 'm> {
    pub(crate) template: &'r Template,
    pub(crate) rows: &'r [&'r Row<'m>],
}

impl QueryFragment<Mysql> for Insert<'_, '_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql(&self.template.head);
        let mut is_plain = packet::is_usual(self.rows.len());
        for (place, row) in self.rows.iter().enumerate() {
            out.push_sql(if place == 0 { "(" } else { ", (" });
            for (place, value) in row.values.iter().enumerate() {
                out.push_sql(if place == 0 { "" } else { ", " });
                is_plain &= *value != Value::Default;
                bind(value, &mut out)?;
            }
            out.push_sql(")");
        }
        out.push_sql(&self.template.tail);
        // Only texts that come again are worth keeping prepared.
        if !is_plain {
            out.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

fn bind<'b>(value: &'b Value<'_>, out: &mut AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
    const NULL: Option<&str> = None;
    match value {
        Value::Null => out.push_bind_param::<Nullable<Text>, _>(&NULL),
        Value::Text(text) => out.push_bind_param::<Text, _>(&**text),
        Value::Bytes(bytes) => out.push_bind_param::<Binary, _>(&**bytes),
        Value::Default => {
            out.push_sql("DEFAULT");
            Ok(())
        }
    }
}

/// Statements are told apart by their text.
impl QueryId for Insert<'_, '_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
