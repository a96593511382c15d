//! The message attributes of an answer, read into a list.

use std::fmt;

use aws_smithy_types::base64;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use shared::limits::MAX_ATTRIBUTES;
use shared::message::{Attribute, AttributeValue};

/// The value of a message attribute.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Value<'a> {
    #[serde(rename = "StringValue")]
    text: Option<String>,
    /// In base64.
    #[serde(rename = "BinaryValue")]
    bytes: Option<&'a str>,
    data_type: Option<String>,
}

/// Message attributes, or null. Each name comes once.
pub(super) fn attributes<'de, D: Deserializer<'de>>(map: D) -> Result<Vec<Attribute>, D::Error> {
    struct Each;
    impl<'de> Visitor<'de> for Each {
        type Value = Vec<Attribute>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("message attributes")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut attributes = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, Value<'de>>()? {
                if attributes.len() == MAX_ATTRIBUTES || Attribute::find(&attributes, &name).is_some() {
                    return Err(A::Error::custom("too many attributes, or one twice"));
                }
                attributes.extend(value.named(name)?);
            }
            Ok(attributes)
        }
    }
    map.deserialize_any(Each)
}

impl Value<'_> {
    /// `None` where it holds nothing.
    fn named<E: Error>(self, name: String) -> Result<Option<Attribute>, E> {
        let bytes = self.bytes.map(base64::decode).transpose();
        let bytes = bytes.map_err(E::custom)?.map(AttributeValue::Bytes);
        let data_type = self.data_type.unwrap_or_default();
        let value = self.text.map(AttributeValue::Text).or(bytes);
        Ok(value.map(|value| Attribute { name, data_type, value }))
    }
}
