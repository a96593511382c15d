//! Attributes as the text that a row of `outbox` holds.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use shared::message::{Attribute, AttributeValue};

/// Text or, in base64, bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    #[serde(rename = "type")]
    data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// The text; `None` where there are no attributes.
pub(super) fn write(attributes: &[Attribute]) -> Option<String> {
    let values: BTreeMap<_, _> =
        attributes.iter().map(|attribute| (&attribute.name, value(attribute))).collect();
    let text = (!values.is_empty()).then(|| serde_json::to_string(&values));
    text.map(|text| text.expect("texts by name can be written as JSON"))
}

fn value(attribute: &Attribute) -> Value {
    let (text, base64) = match &attribute.value {
        AttributeValue::Text(text) => (Some(text.clone()), None),
        AttributeValue::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
    };
    Value { data_type: attribute.data_type.clone(), text, base64 }
}

/// The attributes in a text that anybody may have written.
///
/// # Errors
/// Where it is none of that form; the text is not quoted.
pub(super) fn read(text: &str) -> Result<Vec<Attribute>, &'static str> {
    let values: BTreeMap<String, Value> = serde_json::from_str(text)
        .map_err(|_| "attributes is not {\"name\": {\"type\": \"String\", \"text\": \"…\"}}")?;
    values.into_iter().map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(name: String, Value { data_type, text, base64 }: Value) -> Result<Attribute, &'static str> {
    let value = match (text, base64) {
        (Some(text), None) => AttributeValue::Text(text),
        (None, Some(base64)) => {
            let bytes = STANDARD.decode(base64).map_err(|_| "an attribute is not base64")?;
            AttributeValue::Bytes(bytes)
        }
        _ => return Err("an attribute must have either text or base64"),
    };
    Ok(Attribute { name, data_type, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_out_as_they_went_in() {
        let bytes = AttributeValue::Bytes(vec![0, 255, 7]);
        let attributes = [
            Attribute { name: "a".into(), data_type: "Binary.png".into(), value: bytes },
            Attribute {
                name: "b".into(),
                data_type: "Number".into(),
                value: AttributeValue::Text("7".into()),
            },
            Attribute::text("c", "\u{1f3ab} \"quoted\"\n"),
        ];
        assert_eq!(read(&write(&attributes).unwrap()).unwrap(), attributes);
        assert_eq!(write(&[]), None);
    }

    #[test]
    fn what_is_not_of_the_form_is_told_without_being_quoted() {
        for text in [
            "",
            "[]",
            r#"{"a": "secret"}"#,
            r#"{"a": {"type": "String"}}"#,
            r#"{"a": {"type": "Binary", "base64": "secret!"}}"#,
        ] {
            assert!(!read(text).unwrap_err().contains("secret"), "{text}");
        }
    }
}
