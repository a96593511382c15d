//! A message as a line of JSON. What `consumer dlq export` and `--rejects` write is read as well.

use std::time::Duration;

use outbound::Outgoing;
use outbound::attribute_json::{self, Values};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use shared::message::{Attribute, AttributeValue, DEDUP_ID};

const FIELDS: &str = "body, attributes, group, dedup_id and delay_seconds";

/// What a line says. Only the body is needed.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Record {
    body: Option<String>,
    attributes: Values,
    group: Option<String>,
    dedup_id: Option<String>,
    delay_seconds: Option<u64>,
    /// Names the message where nothing else does.
    message_id: Option<String>,
    // What else those two write, for people only.
    #[serde(rename = "sent_at")]
    _sent_at: IgnoredAny,
    #[serde(rename = "first_received_at")]
    _first_received_at: IgnoredAny,
    #[serde(rename = "receive_count")]
    _receive_count: IgnoredAny,
    #[serde(rename = "moved_from")]
    _moved_from: IgnoredAny,
    #[serde(rename = "trace_header")]
    _trace_header: IgnoredAny,
    #[serde(rename = "why")]
    _why: IgnoredAny,
    #[serde(rename = "line")]
    _line: IgnoredAny,
    #[serde(rename = "offset")]
    _offset: IgnoredAny,
    #[serde(rename = "text")]
    _text: IgnoredAny,
    #[serde(rename = "base64")]
    _base64: IgnoredAny,
}

/// The message on a line, under its name; without one, under what `name` makes.
///
/// # Errors
/// A sentence that says what is wrong with the line, without quoting it.
pub fn read(line: &str, name: impl FnOnce() -> String) -> Result<Outgoing, String> {
    let record: Record = serde_json::from_str(line).map_err(|error| told(&error))?;
    let body = record.body.ok_or("it has no body")?;
    let mut attributes = attribute_json::read(record.attributes).map_err(|bad| bad.to_string())?;
    let dedup_id = one_name(record.dedup_id, take_name(&mut attributes)?)?;
    let dedup_id = dedup_id.or(record.message_id).unwrap_or_else(name);
    let delay = Duration::from_secs(record.delay_seconds.unwrap_or_default());
    Ok(Outgoing { dedup_id, body, attributes, group: record.group, delay })
}

/// On the wire the name is an attribute, and an exported line has it both ways.
fn take_name(attributes: &mut Vec<Attribute>) -> Result<Option<String>, String> {
    let place = attributes.iter().position(|attribute| attribute.name == DEDUP_ID);
    match place.map(|place| attributes.remove(place).value) {
        None => Ok(None),
        Some(AttributeValue::Text(name)) => Ok(Some(name)),
        Some(AttributeValue::Bytes(_)) => Err(format!("attribute {DEDUP_ID} is no text")),
    }
}

fn one_name(field: Option<String>, attribute: Option<String>) -> Result<Option<String>, String> {
    match (field, attribute) {
        (Some(field), Some(attribute)) if field != attribute => {
            Err(format!("dedup_id and attribute {DEDUP_ID} name it differently"))
        }
        (field, attribute) => Ok(field.or(attribute)),
    }
}

/// An error of the syntax quotes nothing, one of the content may.
fn told(error: &serde_json::Error) -> String {
    let place = error.column();
    if error.classify() == Category::Data {
        return format!(
            "it is no message, at byte {place}: a field is unknown, or not of its type; there are {FIELDS}"
        );
    }
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("it is not JSON, at byte {place}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Outgoing, String> {
        read(line, || "made".to_owned())
    }

    #[test]
    fn a_line_says_all_that_a_message_has() {
        let line = r#"{"body":"a\tb","attributes":{"n":{"type":"Number","text":"1"},"kind":"x"},"group":"g","dedup_id":"order-1","delay_seconds":7}"#;
        let number = Attribute { data_type: "Number".to_owned(), ..Attribute::text("n", "1") };
        let expected = Outgoing {
            attributes: vec![Attribute::text("kind", "x"), number],
            group: Some("g".to_owned()),
            delay: Duration::from_secs(7),
            ..Outgoing::new("order-1", "a\tb")
        };
        assert_eq!(parse(line), Ok(expected));
        assert_eq!(parse(r#" {"body":"b"} "#), Ok(Outgoing::new("made", "b")));
    }

    #[test]
    fn an_exported_letter_goes_under_its_name() {
        let line = |name: &str| {
            format!(
                r#"{{"message_id":"m","dedup_id":{name},"sent_at":"2026-11-27T00:00:00.000Z","first_received_at":null,"receive_count":3,"moved_from":null,"group":null,"trace_header":null,"attributes":{{"dedup-id":{{"type":"String","text":"order-1"}}}},"body":"b"}}"#
            )
        };
        assert_eq!(parse(&line(r#""order-1""#)), Ok(Outgoing::new("order-1", "b")));
        assert_eq!(parse(&line("null")), Ok(Outgoing::new("order-1", "b")));
        assert!(parse(&line(r#""order-2""#)).is_err());
        assert_eq!(parse(r#"{"message_id":"m","body":"b"}"#), Ok(Outgoing::new("m", "b")));
    }

    #[test]
    fn a_line_that_is_no_message_is_told_without_being_quoted() {
        for line in [
            "secret",
            r#"{"body":"secret"#,
            r#"{"body":"secret"} x"#,
            r#"{"body":"secret","atributes":{}}"#,
            r#"{"body":{"secret":1}}"#,
            r#"{"body":"b","delay_seconds":"secret"}"#,
            r#"{"body":"b","delay_seconds":-1}"#,
            r#"{"secret":"b"}"#,
            r#"{"dedup_id":"secret"}"#,
            r#"{"body":"b","attributes":{"a":{"type":"Binary","base64":"secret!"}}}"#,
            r#"{"body":"b","attributes":{"dedup-id":{"type":"Binary","base64":"AAAA"}}}"#,
            "[]",
            "\"secret\"",
        ] {
            let why = parse(line).unwrap_err();
            assert!(!why.contains("secret") && !why.contains("line 1"), "{line}: {why}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(parse("{]").unwrap_err(), "it is not JSON, at byte 2: key must be a string");
        let why = parse(r#"{"body":"b","x":1}"#).unwrap_err();
        assert!(why.starts_with("it is no message, at byte 15: ") && why.contains(FIELDS), "{why}");
        assert_eq!(parse("{}").unwrap_err(), "it has no body");
    }
}
