//! Unique keys of the table, as far as rows of the mapping meet them.

use super::facts::{Facts, Key};
use super::file::Mapping;

/// Whether the column is part of the key.
pub(crate) fn is_of(key: &Key, column: &str) -> bool {
    key.columns.iter().flatten().any(|name| name.eq_ignore_ascii_case(column))
}

/// The unique keys that a row's own values can meet, the primary one first.
pub(crate) fn filled_keys<'f>(mapping: &Mapping, facts: &'f Facts) -> Vec<&'f Key> {
    let is_filled = |name: &Option<String>| {
        name.as_deref()
            .is_some_and(|name| mapping.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
    };
    facts.keys.iter().filter(|key| key.columns.iter().all(is_filled)).collect()
}

/// A column that says whether the row in the way is the one that is meant, where several keys may
/// meet: it is not NULL, so setting it to NULL is refused.
pub(crate) fn guard<'f>(keys: &[&'f Key], facts: &'f Facts) -> Option<&'f [Option<String>]> {
    let is_sure = |name: &Option<String>| {
        name.as_deref().and_then(|name| facts.column(name)).is_some_and(|column| column.nullable == "NO")
    };
    let key = keys.first().filter(|key| key.columns.iter().all(is_sure))?;
    Some(&key.columns)
}
