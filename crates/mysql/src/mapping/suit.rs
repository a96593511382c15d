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
    use Kind::{Bit, Bytes, Date, Decimal, Double, Float, Integer, Json, Moment, Shape, Text, Words};
    if kind == Shape {
        return Some("only texts, numbers, times, JSON and bytes are stored: remove this line");
    }
    match source {
        Source::Body if !matches!(kind, Text(_) | Json | Bytes(_)) => Some("take a text column"),
        Source::DedupId if made == As::Binary => {
            let does = matches!(kind, Bytes(most) if most >= 16);
            (!does).then_some("take BINARY(16), or remove as = \"binary\"")
        }
        Source::DedupId => match kind {
            Text(most) if most >= 36 => None,
            Bytes(_) => Some("add as = \"binary\""),
            _ => Some("take CHAR(36), or BINARY(16) with as = \"binary\""),
        },
        Source::MessageId | Source::Group if !matches!(kind, Text(_) | Bytes(_)) => {
            Some("take a text column")
        }
        Source::SentAt if !matches!(kind, Moment(_)) => Some("take DATETIME(3)"),
        Source::ReceiveCount if !matches!(kind, Integer | Decimal(_)) => Some("take INT"),
        Source::Pointer(_) | Source::Attribute(_) | Source::Group => {
            let (does, remedy) = match (made, kind) {
                (As::Itself, Moment(_)) => {
                    (false, "add as = \"time\", \"epoch-seconds\" or \"epoch-milliseconds\"")
                }
                (As::Itself, Json) => (false, "add as = \"json\""),
                (As::Itself, _) => (true, ""),
                (As::Text, kind) => (
                    matches!(kind, Text(_) | Bytes(_) | Date | Words),
                    "remove as = \"text\", or say what is made of it",
                ),
                (As::Integer, kind) => (
                    matches!(kind, Integer | Decimal(_) | Text(_) | Double),
                    "take an integer or decimal column, or another `as`",
                ),
                (As::Decimal, Double | Float) => (
                    false,
                    "a float does not hold decimals exactly: take DECIMAL, or remove as = \"decimal\"",
                ),
                (As::Decimal, kind) => {
                    (matches!(kind, Integer | Decimal(_) | Text(_)), "take a DECIMAL column, or another `as`")
                }
                (As::Boolean, kind) => {
                    (matches!(kind, Integer | Decimal(_) | Bit | Text(_)), "take BOOLEAN, or another `as`")
                }
                (As::Time | As::EpochSeconds | As::EpochMilliseconds, kind) => {
                    (matches!(kind, Moment(_) | Text(_)), "take DATETIME(6), or another `as`")
                }
                (As::Json, kind) => {
                    (matches!(kind, Json | Text(_) | Bytes(_)), "take JSON or a text column, or another `as`")
                }
                (As::Binary, _) => (true, ""),
            };
            (!does).then_some(remedy)
        }
        _ => None,
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
    let most = match kind {
        Kind::Text(most) | Kind::Bytes(most) => most,
        _ => return None,
    };
    let is_text = matches!(kind, Kind::Text(_)) && column.source != Source::DedupId;
    match &column.source {
        Source::Body if most < BODY => {
            Some("a body has up to 1 MiB, and larger ones than this are dead letters: take MEDIUMTEXT")
        }
        Source::Group if most < 128 => Some("a group has up to 128 characters: take VARCHAR(128)"),
        Source::MessageId if most < 100 => {
            Some("a message ID may have up to 100 characters: take VARCHAR(100)")
        }
        Source::Constant(_) => None,
        _ if is_text && found.charset.as_deref().is_some_and(|charset| charset != "utf8mb4") => Some(
            "its characters are not utf8mb4, so some texts are dead letters: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4",
        ),
        _ => None,
    }
}
