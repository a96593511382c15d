//! The part `[columns]` of a mapping, as TOML says it: in the order of the file, each with its place.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use super::source::{As, Missing};

/// All columns, by their names.
#[derive(Debug, Default)]
pub(crate) struct Columns(pub(crate) Vec<(Spanned<String>, Entry)>);

/// What one column gets: a source, or a table with a source and more.
#[derive(Debug)]
pub(crate) enum Entry {
    Short(String),
    Long(Box<Long>),
}

/// `{ from = "/total", as = "decimal", missing = "null" }`, or `{ value = "shop" }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Long {
    /// Where the value comes from.
    pub(crate) from: Option<Spanned<String>>,
    /// What is always the same.
    pub(crate) value: Option<Spanned<Constant>>,
    /// What is made of it.
    #[serde(rename = "as")]
    pub(crate) made: Option<Spanned<As>>,
    /// What a message without it means.
    pub(crate) missing: Option<Spanned<Missing>>,
}

/// A text, a whole number, or a truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constant(pub(crate) String);

impl Long {
    /// Where it is said what is made of it, or else where it comes from.
    pub(crate) fn place(&self) -> Option<Range<usize>> {
        let from = self.from.as_ref().map(Spanned::span);
        from.or_else(|| self.value.as_ref().map(Spanned::span))
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(All)
    }
}

struct All;

impl<'de> Visitor<'de> for All {
    type Value = Columns;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of columns: write [columns], and a line such as id = \"/order/id\" for each")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
        let mut columns: Vec<(Spanned<String>, Entry)> = Vec::new();
        while let Some(name) = map.next_key()? {
            columns.push((name, map.next_value()?));
        }
        // The parser hands them out by their names.
        columns.sort_by_key(|(name, _)| name.span().start);
        Ok(Columns(columns))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

struct One;

impl<'de> Visitor<'de> for One {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a source in quotes, such as \"/order/id\", or { from = \"/order/id\", … }; what is always the \
             same is { value = … }",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry::Short(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        Long::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(Entry::Long)
    }
}

impl<'de> Deserialize<'de> for Constant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Same)
    }
}

struct Same;

impl Visitor<'_> for Same {
    type Value = Constant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes, a whole number, true or false (write 0.1 as \"0.1\")")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Constant, E> {
        Ok(Constant(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Constant, E> {
        Ok(Constant(number.to_string()))
    }

    fn visit_bool<E: Error>(self, is_true: bool) -> Result<Constant, E> {
        Ok(Constant(u8::from(is_true).to_string()))
    }
}
