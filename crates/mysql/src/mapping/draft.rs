//! A first mapping for a table, guessed from its columns and a message.

use std::fmt::Write;

use serde_json::Value;

use super::facts::Facts;
use super::kind::Kind;
use super::pointer::Pointer;
use super::suit::is_generated;
use crate::inspect::table::Column;

/// Names of columns that look as if they were for whole bodies.
const BODIES: [&str; 5] = ["body", "json", "message", "payload", "raw"];
/// Seconds since 1970 have fewer digits for the next thousands of years.
const MILLISECONDS: f64 = 1e11;

/// The text of the file. `sample` is a body that comes to the table.
pub(crate) fn draft(table: &str, facts: &Facts, sample: Option<&Value>) -> String {
    let mut values = Vec::new();
    if let Some(sample) = sample {
        collect(sample, &mut Vec::new(), &mut values);
    }
    let mut text = format!(
        "# Messages become rows of this table. docs/mapping.md says what may stand here.\ntable = {}\n",
        quoted(table)
    );
    let keys: Vec<_> = facts
        .keys
        .iter()
        .map(|key| key.columns.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "))
        .collect();
    if !keys.is_empty() {
        let _ = writeln!(
            text,
            "\n# A row with the same key ({}) is there: `duplicate` leaves it, `update` changes it, `reject` refuses.\nexisting = \"duplicate\"",
            keys.join("; ")
        );
    }
    text.push_str("\n# Only messages like this have a row; others are done with.\n# filter = { pointer = \"/type\", value = \"created\" }\n\n[columns]\n");
    let width = facts.columns.iter().map(|column| key(&column.name).len()).max().unwrap_or_default();
    for column in facts.columns.iter().filter(|column| !fills_alone(column)) {
        let line = Guess::of(column, &values).line(column);
        let (comment, line) = line.strip_prefix("# ").map_or(("", &*line), |line| ("# ", line));
        let _ = writeln!(text, "{comment}{:width$} = {line:<60} # {}", key(&column.name), kind(column));
    }
    text
}

/// A value of the sample, and the names on the way to it.
type Found<'s> = (Vec<String>, &'s Value);

fn collect<'s>(value: &'s Value, steps: &mut Vec<String>, found: &mut Vec<Found<'s>>) {
    let mut inner = |step: String, value: &'s Value| {
        steps.push(step);
        found.push((steps.clone(), value));
        collect(value, steps, found);
        steps.pop();
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                inner(name.clone(), value);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                inner(place.to_string(), value);
            }
        }
        _ => {}
    }
}

/// What a column may be filled from.
enum Guess<'s> {
    Pointer(Pointer, Option<&'s Value>),
    Source(&'static str),
    Nothing,
}

impl<'s> Guess<'s> {
    fn of(column: &Column, values: &[Found<'s>]) -> Self {
        let name = plain(&column.name);
        let fits = |(steps, _): &&Found<'s>| {
            let last = steps.last().is_some_and(|step| plain(step) == name);
            last || plain(&steps.concat()) == name
                || steps.len() > 1 && plain(&steps[steps.len() - 2..].concat()) == name
        };
        let best = values.iter().filter(fits).min_by_key(|(steps, _)| (steps.len(), steps.concat()));
        let kind = Kind::of(&column.kind);
        match (best, kind) {
            (Some((steps, value)), _) => Self::Pointer(Pointer::of_steps(steps), Some(*value)),
            (None, Kind::Bytes(16)) => Self::Source("{ from = \"dedup-id\", as = \"binary\" }"),
            (None, Kind::Moment(_)) if name == "sentat" => Self::Source("\"sent-at\""),
            (None, Kind::Text(_)) if BODIES.contains(&&*name) => Self::Source("\"body\""),
            (None, Kind::Json) if BODIES.contains(&&*name) => {
                Self::Source("{ from = \"body\", as = \"json\" }")
            }
            (None, _) if column.nullable == "YES" || column.value.is_some() => Self::Nothing,
            (None, _) => Self::Pointer(Pointer::of_steps(std::slice::from_ref(&column.name)), None),
        }
    }

    /// What stands behind the column's name.
    fn line(&self, column: &Column) -> String {
        let (pointer, value) = match self {
            Self::Source(source) => return (*source).to_owned(),
            Self::Nothing => return format!("# {}", quoted("/…")),
            Self::Pointer(pointer, value) => (pointer, value),
        };
        let made = made(&Kind::of(&column.kind), column, *value);
        let missing = match () {
            () if column.nullable == "YES" => ", missing = \"null\"",
            () if column.value.is_some() => ", missing = \"default\"",
            () => "",
        };
        let pointer = quoted(&pointer.to_string());
        match (made, missing) {
            ("", "") => pointer,
            ("", missing) => format!("{{ from = {pointer}{missing} }}"),
            (made, missing) => format!("{{ from = {pointer}, as = \"{made}\"{missing} }}"),
        }
    }
}

/// What is to be made of a value for the column.
fn made(kind: &Kind, column: &Column, value: Option<&Value>) -> &'static str {
    let is_truth = matches!(value, Some(Value::Bool(_))) || column.kind.eq_ignore_ascii_case("tinyint(1)");
    match kind {
        Kind::Integer | Kind::Bit if is_truth => "boolean",
        Kind::Integer => "integer",
        Kind::Decimal(_) => "decimal",
        Kind::Bit => "boolean",
        Kind::Json => "json",
        Kind::Moment(_) => match value.and_then(Value::as_f64) {
            Some(number) if number >= MILLISECONDS => "epoch-milliseconds",
            Some(_) => "epoch-seconds",
            None => "time",
        },
        _ => "",
    }
}

/// Columns that the server fills, and that messages seldom do.
fn fills_alone(column: &Column) -> bool {
    is_generated(column) || column.extra.contains("auto_increment")
}

fn kind(column: &Column) -> String {
    let null = if column.nullable == "NO" { " NOT NULL" } else { "" };
    format!("{}{null}", column.kind)
}

/// A name by its letters and digits.
fn plain(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name as TOML writes it.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::super::file::Mapping;
    use super::super::tests::table::orders;
    use super::*;

    const SAMPLE: &str = r#"{"order": {"id": 7, "total": "1.5", "placedAt": 1764222294123, "paid": true,
        "lines": [{"number": 1}]}, "note": "x"}"#;

    #[test]
    fn a_draft_is_a_mapping_that_fits_its_table() {
        for sample in [Some(serde_json::from_str(SAMPLE).unwrap()), None] {
            let text = draft("orders", &orders(), sample.as_ref());
            let mapping = Mapping::parse("m.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(check(&mapping, &orders()).flaws.is_empty(), "{text}");
        }
    }

    #[test]
    fn columns_are_found_in_the_sample_by_their_names() {
        let sample = serde_json::from_str(SAMPLE).unwrap();
        let text = draft("orders", &orders(), Some(&sample));
        for (column, line) in [
            ("id", "{ from = \"/order/id\", as = \"integer\" }"),
            ("number", "\"/order/lines/0/number\""),
            ("total", "{ from = \"/order/total\", as = \"decimal\", missing = \"null\" }"),
            ("placed_at", "{ from = \"/order/placedAt\", as = \"epoch-milliseconds\", missing = \"null\" }"),
            ("paid", "{ from = \"/order/paid\", as = \"boolean\", missing = \"default\" }"),
            ("note", "{ from = \"/note\", missing = \"null\" }"),
            ("raw", "\"body\""),
            ("ref", "{ from = \"dedup-id\", as = \"binary\" }"),
            ("# score", "\"/…\""),
        ] {
            let found = text.lines().find(|text| text.starts_with(&format!("{column} ")));
            assert!(
                found.is_some_and(|text| text.contains(&format!("= {line} "))),
                "{column} {line}\n{text}"
            );
        }
        assert!(!text.contains("year"), "it is generated");
    }

    #[test]
    fn a_name_is_quoted_where_toml_asks_for_it() {
        assert_eq!((key("a_b-1").as_str(), key("a \"b\"").as_str()), ("a_b-1", "\"a \\\"b\\\"\""));
    }
}
