//! Whether a column takes what the mapping has for it.

use super::file::Column;
use super::kind::Kind;
use super::source::{As, Missing, Source};
use super::value::Value;
use crate::inspect::table::Column as TableColumn;

/// A body has up to so many bytes.
const BODY: u64 = 1 << 20;

/// Whether the server alone fills it. MySQL says `DEFAULT_GENERATED` of one whose default is an
/// expression, which rows may fill.
pub(crate) fn is_generated(column: &TableColumn) -> bool {
    ["VIRTUAL GENERATED", "STORED GENERATED", "PERSISTENT"].iter().any(|word| column.extra.contains(word))
}

fn fills_itself(column: &TableColumn) -> bool {
    let has_default = column.value.is_some() || column.extra.contains("DEFAULT_GENERATED");
    has_default || is_generated(column) || column.extra.contains("auto_increment")
}

/// Whether a row must say something of it.
pub(crate) fn needs_value(column: &TableColumn) -> bool {
    column.nullable == "NO" && !fills_itself(column)
}

/// Whether what comes is of a kind that the column does not take.
pub(crate) fn unfit(column: &Column, found: &TableColumn) -> Option<String> {
    let kind = Kind::of(&found.kind);
    if let Source::Constant(text) = &column.source {
        return match kind {
            Kind::Moment(_) | Kind::Date | Kind::Words => None,
            kind => kind.fit(Value::Text(text.into())).err(),
        };
    }
    let remedy = remedy(&column.source, column.made, kind)?;
    Some(format!("it does not take {} as it comes: {remedy}", column.source.name()))
}

/// What to do where the kinds do not go together.
fn remedy(source: &Source, made: As, kind: Kind) -> Option<&'static str> {
    use Kind::{Bytes, Decimal, Integer, Json, Moment, Text};
    let (does, remedy) = match source {
        _ if kind == Kind::Shape => {
            (false, "only texts, numbers, times, JSON and bytes are stored: remove this line")
        }
        Source::Body => (matches!(kind, Text(_) | Json | Bytes(_)), "take a text column"),
        Source::DedupId => of_id(made, kind),
        Source::MessageId => (matches!(kind, Text(_) | Bytes(_)), "take a text column"),
        Source::SentAt => (matches!(kind, Moment(_)), "take DATETIME(3)"),
        Source::ReceiveCount => (matches!(kind, Integer | Decimal(_)), "take INT"),
        Source::Pointer(_) | Source::Attribute(_) | Source::Group => of_value(made, kind),
        Source::Constant(_) => (true, ""),
    };
    (!does).then_some(remedy)
}

/// Whether the column takes the message's id, and what to do if not.
fn of_id(made: As, kind: Kind) -> (bool, &'static str) {
    match kind {
        Kind::Bytes(most) if made == As::Binary => (most >= 16, "take BINARY(16), or remove as = \"binary\""),
        _ if made == As::Binary => (false, "take BINARY(16), or remove as = \"binary\""),
        Kind::Bytes(_) => (false, "add as = \"binary\""),
        Kind::Text(most) => (most >= 36, "take CHAR(36), or BINARY(16) with as = \"binary\""),
        _ => (false, "take CHAR(36), or BINARY(16) with as = \"binary\""),
    }
}

/// Whether the column takes what is made of a value, and what to do if not.
fn of_value(made: As, kind: Kind) -> (bool, &'static str) {
    use Kind::{Bit, Bytes, Date, Decimal, Double, Float, Integer, Json, Moment, Text, Words};
    match made {
        As::Itself if kind == Json => (false, "add as = \"json\""),
        As::Itself => {
            (!matches!(kind, Moment(_)), "add as = \"time\", \"epoch-seconds\" or \"epoch-milliseconds\"")
        }
        As::Text => (
            matches!(kind, Text(_) | Bytes(_) | Date | Words),
            "remove as = \"text\", or say what is made of it",
        ),
        As::Integer => (
            matches!(kind, Integer | Decimal(_) | Text(_) | Double),
            "take an integer or decimal column, or another `as`",
        ),
        As::Decimal if matches!(kind, Double | Float) => {
            (false, "a float does not hold decimals exactly: take DECIMAL, or remove as = \"decimal\"")
        }
        As::Decimal => {
            (matches!(kind, Integer | Decimal(_) | Text(_)), "take a DECIMAL column, or another `as`")
        }
        As::Boolean => {
            (matches!(kind, Integer | Decimal(_) | Bit | Text(_)), "take BOOLEAN, or another `as`")
        }
        As::Time | As::EpochSeconds | As::EpochMilliseconds => {
            (matches!(kind, Moment(_) | Text(_)), "take DATETIME(6), or another `as`")
        }
        As::Json => {
            (matches!(kind, Json | Text(_) | Bytes(_)), "take JSON or a text column, or another `as`")
        }
        As::Binary => (true, ""),
    }
}

/// Where a row would lack what the column asks for.
pub(crate) fn wanting(column: &Column, found: &TableColumn) -> Option<&'static str> {
    match column.missing {
        Missing::Null if found.nullable == "NO" => {
            Some("is NOT NULL: write missing = \"reject\" or \"default\", or let it be NULL")
        }
        Missing::Default if needs_value(found) => {
            Some("has no default: write missing = \"reject\", or give it one")
        }
        _ => None,
    }
}

/// What may be refused though it is no message's fault.
pub(crate) fn narrow(column: &Column, found: &TableColumn) -> Option<&'static str> {
    let kind = Kind::of(&found.kind);
    let (Kind::Text(most) | Kind::Bytes(most)) = kind else { return None };
    let is_text = matches!(kind, Kind::Text(_)) && column.source != Source::DedupId;
    match &column.source {
        Source::Body if most < BODY => {
            Some("a body has up to 1 MiB, and larger ones than this are dead letters: take MEDIUMTEXT")
        }
        Source::Group if most < 128 => Some("a group has up to 128 characters: take VARCHAR(128)"),
        Source::MessageId if most < 36 => Some("a message ID has 36 characters: take CHAR(36)"),
        Source::Constant(_) => None,
        _ if is_text && found.charset.as_deref().is_some_and(|charset| charset != "utf8mb4") => Some(
            "its characters are not utf8mb4, so some texts are dead letters: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4",
        ),
        _ => None,
    }
}
