//! What a mapping would make of one message, for whoever tries it.

use std::time::SystemTime;

use shared::message::{DedupId, Message};

use super::facts::Facts;
use super::file::Mapping;
use super::known::Known;
use super::plan::Plan;
use super::row::Made;
use super::value::Value;

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// Its row: each column with its value.
    Row(Vec<(String, String)>),
    /// The filter leaves it out.
    Filtered,
    /// It would be a dead letter, with this reason and error.
    Refused(String, String),
}

/// Makes the row of a body, for a table that is known or not.
pub(crate) fn preview(mapping: &Mapping, facts: Option<&Facts>, body: &str) -> Preview {
    let plan = Plan::of(mapping, facts);
    let id = DedupId::generate();
    let message = Message {
        id,
        message_id: id.to_string(),
        body: body.to_owned(),
        sent_at: Some(SystemTime::now()),
        receive_count: 1,
        attributes: Vec::new(),
        group: None,
        trace_header: None,
    };
    match plan.row(&message, None, &Known::nothing(plan.columns.len())) {
        Made::Row(row) => {
            let names = mapping.columns.iter().map(|column| column.name.clone());
            Preview::Row(names.zip(row.values.iter().map(shown)).collect())
        }
        Made::Filtered | Made::Unfilterable => Preview::Filtered,
        Made::Refused(rejection) => {
            Preview::Refused(rejection.reason().to_owned(), rejection.error().to_owned())
        }
    }
}

/// As SQL would write it.
fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Default => "DEFAULT".to_owned(),
        Value::Text(text) => {
            format!("'{}'", text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "''"))
        }
        Value::Bytes(bytes) => crate::literal::hex(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_shown_as_sql_would_write_it() {
        let text = "table = \"t\"\n[columns]\na = \"/a\"\nb = { from = \"/b\", missing = \"null\" }\nc = { value = \"it's\" }";
        let mapping = Mapping::parse("m.toml", text).unwrap();
        let row = |body: &str| preview(&mapping, None, body);
        let pairs = [("a", "'1\\n2'"), ("b", "NULL"), ("c", "'it''s'")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(row(r#"{"a": "1\n2"}"#), Preview::Row(pairs));
        assert!(matches!(row("{}"), Preview::Refused(reason, _) if reason == "missing-field"));
    }
}
