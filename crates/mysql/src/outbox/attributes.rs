//! Attributes as the text that a row of `outbox` holds.

use std::collections::BTreeMap;

use outbound::attribute_json::{self, BadValue, Fields};
use shared::message::Attribute;

/// The text; `None` where there are no attributes.
pub(super) fn write(attributes: &[Attribute]) -> Option<String> {
    let text = (!attributes.is_empty()).then(|| serde_json::to_string(&attribute_json::write(attributes)));
    text.map(|text| text.expect("texts by name can be written as JSON"))
}

/// The attributes in a text that anybody may have written.
///
/// # Errors
/// Where it is none of that form; the text is not quoted.
pub(super) fn read(text: &str) -> Result<Vec<Attribute>, &'static str> {
    let values: BTreeMap<String, Fields> = serde_json::from_str(text)
        .map_err(|_| "attributes is not {\"name\": {\"type\": \"String\", \"text\": \"…\"}}")?;
    attribute_json::read(values).map_err(|bad| match bad {
        BadValue::Base64(_) => "an attribute is not base64",
        _ => "an attribute must have either text or base64",
    })
}

#[cfg(test)]
mod tests {
    use shared::message::AttributeValue;

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
