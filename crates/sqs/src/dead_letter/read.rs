//! Reads what a dead letter says of its end, and what its sender had said before.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::message::{Attribute, AttributeValue};

pub(super) const REASON: &str = "dlq-reason";
pub(super) const ERROR: &str = "dlq-error";
pub(super) const ATTEMPTS: &str = "dlq-attempts";
pub(super) const SOURCE: &str = "dlq-source";
pub(super) const AT: &str = "dlq-at";
/// What had to be packed together for want of attributes.
pub(super) const MORE: &str = "dlq-more";

/// Whether this name is one of ours; all other attributes are the sender's.
pub(super) fn is_ours(name: &str) -> bool {
    [REASON, ERROR, ATTEMPTS, SOURCE, AT, MORE].contains(&name)
}

/// What a letter's attributes say. A letter that SQS moved by itself says nothing of why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Why: a word to filter by.
    pub reason: Option<String>,
    /// In the words of whatever refused it. May quote the body.
    pub error: Option<String>,
    /// How often it was received.
    pub attempts: Option<String>,
    /// URL of the queue that it was on.
    pub source: Option<String>,
    pub(crate) at: Option<String>,
    /// The sender's, by name, each name once.
    pub own: Vec<Attribute>,
}

#[derive(Deserialize)]
struct More {
    facts: BTreeMap<String, String>,
    attributes: Vec<Displaced>,
}

#[derive(Deserialize)]
struct Displaced {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    value: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Bytes(Vec<u8>),
}

impl Metadata {
    /// Whatever order a queue gives the attributes in.
    pub fn of(attributes: &[Attribute]) -> Self {
        let mut facts = Self::default();
        let (packed, plain): (Vec<_>, Vec<_>) = attributes.iter().partition(|said| said.name == MORE);
        for attribute in plain.into_iter().chain(packed) {
            if !facts.take(attribute) {
                facts.own.push(attribute.clone());
            }
        }
        facts.own.sort_by(|a, b| a.name.cmp(&b.name));
        facts.own.dedup_by(|later, first| later.name == first.name);
        facts
    }

    /// Without what it says of its end: that was the end of an earlier life.
    pub(crate) fn forget_the_end(self) -> Self {
        Self { own: self.own, ..Self::default() }
    }

    /// Whether it was one of ours; what only looks like it is left to its sender.
    fn take(&mut self, attribute: &Attribute) -> bool {
        let AttributeValue::Text(text) = &attribute.value else { return false };
        if attribute.name != MORE {
            return self.set(&attribute.name, text);
        }
        let Ok(More { facts, attributes }) = serde_json::from_str(text) else { return false };
        self.unpack(attributes);
        for (name, text) in &facts {
            self.set(name, text);
        }
        true
    }

    /// What is ours among the sender's is of an earlier life, and says nothing of this one.
    fn unpack(&mut self, attributes: Vec<Displaced>) {
        for attribute in attributes.into_iter().map(Attribute::from) {
            match &attribute.value {
                AttributeValue::Text(text) if attribute.name == MORE => match serde_json::from_str(text) {
                    Ok(More { attributes, .. }) => self.unpack(attributes),
                    Err(_) => self.own.push(attribute),
                },
                AttributeValue::Text(_) if is_ours(&attribute.name) => {}
                _ => self.own.push(attribute),
            }
        }
    }

    fn set(&mut self, name: &str, text: &str) -> bool {
        let fact = match name {
            REASON => &mut self.reason,
            ERROR => &mut self.error,
            ATTEMPTS => &mut self.attempts,
            SOURCE => &mut self.source,
            AT => &mut self.at,
            _ => return false,
        };
        *fact = Some(text.to_owned());
        true
    }
}

impl From<Displaced> for Attribute {
    fn from(Displaced { name, data_type, value }: Displaced) -> Self {
        let value = match value {
            Value::Text(text) => AttributeValue::Text(text),
            Value::Bytes(bytes) => AttributeValue::Bytes(bytes),
        };
        Self { name, data_type, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_like_ours_stays_the_senders() {
        let attributes = [Attribute::text("dlq-mine", "x"), Attribute::text(MORE, "{")];
        assert_eq!(Metadata::of(&attributes).own, attributes);
    }

    #[test]
    fn what_is_packed_within_the_packed_is_of_an_earlier_life() {
        let displaced =
            |name: &str, value: &str| serde_json::json!({ "name": name, "type": "String", "value": value });
        let inner = serde_json::json!({ "facts": { ERROR: "old" }, "attributes": [displaced("kind", "x")] });
        let packed = [displaced(MORE, &inner.to_string()), displaced(AT, "old"), displaced("z", "y")];
        let outer = serde_json::json!({ "facts": { ATTEMPTS: "3" }, "attributes": packed });
        let facts = Metadata::of(&[Attribute::text(MORE, &outer.to_string()), Attribute::text("a", "1")]);
        let own = [("a", "1"), ("kind", "x"), ("z", "y")].map(|(name, value)| Attribute::text(name, value));
        assert_eq!(facts, Metadata { attempts: Some("3".into()), own: own.to_vec(), ..Metadata::default() });
    }

    #[test]
    fn a_name_that_is_there_twice_counts_once_and_outside_first() {
        let more = r#"{"facts":{},"attributes":[{"name":"kind","type":"String","value":"packed"}]}"#;
        for turned in [false, true] {
            let mut said = vec![Attribute::text("kind", "plain"), Attribute::text(MORE, more)];
            if turned {
                said.reverse();
            }
            assert_eq!(Metadata::of(&said).own, [Attribute::text("kind", "plain")]);
        }
    }
}
