//! A table of orders, as a server describes it.

use crate::inspect::table::Column;
use crate::mapping::check::{Findings, check};
use crate::mapping::facts::{Facts, Key};
use crate::mapping::file::Mapping;

/// Name, type, whether NULL is taken, default, extra.
type Line = (&'static str, &'static str, bool, Option<&'static str>, &'static str);

const COLUMNS: [Line; 14] = [
    ("id", "bigint(20)", false, None, ""),
    ("number", "varchar(40)", false, None, ""),
    ("total", "decimal(10,2)", true, None, ""),
    ("placed_at", "datetime(6)", true, None, ""),
    ("paid", "tinyint(1)", false, Some("0"), ""),
    ("raw", "longtext", true, None, ""),
    ("ref", "binary(16)", true, None, ""),
    ("note", "text", true, None, ""),
    ("score", "double", true, None, ""),
    ("detail", "json", true, None, ""),
    ("place", "point", true, None, ""),
    ("year", "int(11)", true, None, "VIRTUAL GENERATED"),
    ("stored", "timestamp", false, Some("CURRENT_TIMESTAMP"), "DEFAULT_GENERATED"),
    ("serial", "int(11)", true, None, ""),
];

pub(in crate::mapping) fn orders() -> Facts {
    let text = |text: &str| text.to_owned();
    let columns = COLUMNS.map(|(name, kind, takes_null, value, extra)| Column {
        name: text(name),
        kind: text(kind),
        charset: match kind {
            "text" => Some(text("latin1")),
            "longtext" | "varchar(40)" => Some(text("utf8mb4")),
            _ => None,
        },
        nullable: text(if takes_null { "YES" } else { "NO" }),
        value: value.map(text),
        part_of: String::new(),
        extra: text(extra),
    });
    let key = |name: &str, columns: &[&str]| Key {
        name: text(name),
        columns: columns.iter().map(|column| Some(text(column))).collect(),
    };
    Facts {
        kind: Some(text("BASE TABLE")),
        engine: Some(text("InnoDB")),
        columns: columns.to_vec(),
        keys: vec![key("PRIMARY", &["id"]), key("by_number", &["number"]), key("by_serial", &["serial"])],
        triggers: Vec::new(),
    }
}

/// What is found of a file, and of the table that it names.
pub(super) fn findings(text: &str, facts: &Facts) -> Result<Findings, String> {
    let mapping = Mapping::parse("m.toml", text).map_err(|error| error.to_string())?;
    Ok(check(&mapping, facts))
}
