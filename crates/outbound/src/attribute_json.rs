//! Attributes as JSON, the same in every file and table that messages are kept in.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use shared::message::{Attribute, AttributeValue};

/// Attributes by name, in one order whatever the queue's.
pub type Values = BTreeMap<String, Value>;

/// What an attribute holds: its type, and text or, in base64, bytes. A text alone is read as well, as
/// one of type `String`.
#[derive(Serialize)]
pub struct Value {
    #[serde(rename = "type")]
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// A value that is none, by the name of its attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadValue {
    /// Its bytes are not in base64.
    #[error("attribute {0:?} is not base64")]
    Base64(String),
    /// There is nothing in it, or too much.
    #[error("attribute {0:?} needs either text or base64")]
    Either(String),
}

/// As they are written.
pub fn write(attributes: &[Attribute]) -> Values {
    attributes.iter().map(|attribute| (attribute.name.clone(), Value::from(attribute))).collect()
}

/// As they were.
///
/// # Errors
/// Where one is not as [`write()`] writes it.
pub fn read<V: Into<Value>>(values: BTreeMap<String, V>) -> Result<Vec<Attribute>, BadValue> {
    values.into_iter().map(|(name, value)| value.into().read(name)).collect()
}

impl From<&Attribute> for Value {
    fn from(attribute: &Attribute) -> Self {
        let (text, base64) = match &attribute.value {
            AttributeValue::Text(text) => (Some(text.clone()), None),
            AttributeValue::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        Self { data_type: attribute.data_type.clone(), text, base64 }
    }
}

impl Value {
    fn read(self, name: String) -> Result<Attribute, BadValue> {
        let value = match (self.text, self.base64.map(|text| STANDARD.decode(text))) {
            (Some(text), None) => AttributeValue::Text(text),
            (None, Some(Ok(bytes))) => AttributeValue::Bytes(bytes),
            (None, Some(Err(_))) => return Err(BadValue::Base64(name)),
            _ => return Err(BadValue::Either(name)),
        };
        Ok(Attribute { name, data_type: self.data_type, value })
    }
}

/// Without what it holds: it may be anybody's secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("data_type", &self.data_type).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrFields)
    }
}

struct TextOrFields;

/// A [`Value`] as [`write()`] writes it: a text alone is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    #[serde(rename = "type")]
    data_type: String,
    text: Option<String>,
    base64: Option<String>,
}

impl<'de> Visitor<'de> for TextOrFields {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object with a type and text or base64")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value { data_type: "String".to_owned(), text: Some(text.to_owned()), base64: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map)).map(Value::from)
    }
}

impl From<Fields> for Value {
    fn from(Fields { data_type, text, base64 }: Fields) -> Self {
        Self { data_type, text, base64 }
    }
}

/// Without what it holds, as [`Value`].
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields").field("data_type", &self.data_type).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Vec<Attribute>, BadValue> {
        read::<Value>(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn attributes_survive_byte_for_byte_and_in_the_order_of_their_names() {
        let bytes = AttributeValue::Bytes((0..=255).collect());
        let attributes = [
            Attribute::text("z", "é \"quoted\" \\ 🦀"),
            Attribute { name: "b".into(), data_type: "Binary.x".into(), value: bytes },
        ];
        let json = serde_json::to_string(&write(&attributes)).unwrap();
        let [z, b] = attributes;
        assert_eq!(parse(&json), Ok(vec![b, z]));
    }

    #[test]
    fn a_text_alone_is_of_type_string() {
        assert_eq!(parse(r#"{"kind":"order"}"#), Ok(vec![Attribute::text("kind", "order")]));
    }

    #[test]
    fn a_value_is_text_or_base64_and_nothing_else() {
        let base64 = r#"{"a":{"type":"Binary","base64":"secret!"}}"#;
        assert_eq!(parse(base64), Err(BadValue::Base64("a".to_owned())));
        for json in [r#"{"a":{"type":"String"}}"#, r#"{"a":{"type":"String","text":"","base64":""}}"#] {
            assert_eq!(parse(json), Err(BadValue::Either("a".to_owned())), "{json}");
        }
        for json in [r#"{"a":1}"#, r#"{"a":{"text":"b"}}"#, r#"{"a":{"type":"String","text":"b","x":1}}"#] {
            assert!(serde_json::from_str::<Values>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_value_shows_itself_without_what_it_holds() {
        let shown = format!("{:?}", Value::from(&Attribute::text("a", "secret")));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
