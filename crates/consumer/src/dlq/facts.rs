//! Reads what [`dead_letter`](crate::dead_letter) wrote: why, and what the sender had said before.

use serde::Deserialize;

use crate::dead_letter::OURS;
use crate::delivery::{Attribute, AttributeValue};

/// What a letter's attributes say. A letter that SQS moved by itself says nothing of why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) reason: Option<String>,
    /// In the words of whoever refused it. May quote the body.
    pub(crate) error: Option<String>,
    pub(crate) attempts: Option<String>,
    /// URL of the queue that it was on.
    pub(crate) source: Option<String>,
    pub(crate) at: Option<String>,
    /// The sender's, by name.
    pub(crate) own: Vec<Attribute>,
}

/// What had to be packed together for want of attributes.
#[derive(Deserialize)]
struct More {
    facts: std::collections::HashMap<String, String>,
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

impl Facts {
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut facts = Self::default();
        for attribute in attributes {
            let taken = OURS.contains(&attribute.name.as_str()) && facts.take(attribute);
            if !taken {
                facts.own.push(attribute.clone());
            }
        }
        facts.own.sort_by(|a, b| a.name.cmp(&b.name));
        facts
    }

    /// Whether it was one of ours; what only looks like it is left to its sender.
    fn take(&mut self, attribute: &Attribute) -> bool {
        let AttributeValue::Text(text) = &attribute.value else { return false };
        if attribute.name != "dlq-more" {
            self.set(&attribute.name, text);
            return true;
        }
        let Ok(More { facts, attributes }) = serde_json::from_str(text) else { return false };
        for (name, text) in &facts {
            self.set(name, text);
        }
        self.own.extend(attributes.into_iter().map(Attribute::from));
        true
    }

    fn set(&mut self, name: &str, text: &str) {
        let fact = match name {
            "dlq-reason" => &mut self.reason,
            "dlq-error" => &mut self.error,
            "dlq-attempts" => &mut self.attempts,
            "dlq-source" => &mut self.source,
            "dlq-at" => &mut self.at,
            _ => return,
        };
        *fact = Some(text.to_owned());
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
    use shared::message::{DEDUP_ID, DedupId};

    use super::*;
    use crate::dead_letter::{self, text};
    use crate::delivery::Message;
    use crate::handler::Rejection;

    /// What comes back of a message with so many attributes, one of them of bytes.
    fn read_back(own: usize) -> (Vec<Attribute>, Facts) {
        let bytes = AttributeValue::Bytes(vec![0, 255]);
        let mut attributes = vec![Attribute { name: "a".into(), data_type: "Binary.x".into(), value: bytes }];
        attributes.extend((1..own).map(|n| text(&format!("b{n}"), "x")));
        attributes.push(text(DEDUP_ID, "order-1"));
        let message = Message {
            id: DedupId::of("order-1"),
            message_id: "m".into(),
            body: "b".into(),
            sent_at: None,
            receive_count: 3,
            attributes: attributes.clone(),
        };
        let rejection = Rejection { reason: "data-error", error: "bad".into() };
        let letter = dead_letter::attributes(&message, &rejection, "http://h/0/q");
        (attributes, Facts::of(&letter))
    }

    #[test]
    fn everything_the_consumer_wrote_is_read_back_packed_or_not() {
        for own in 1..=9 {
            let (attributes, facts) = read_back(own);
            assert_eq!(facts.own, attributes, "{own}");
            let Facts { reason, error, attempts, source, at, .. } = facts;
            let known = [reason, error, attempts, source].map(Option::unwrap);
            assert_eq!(known, ["data-error", "bad", "3", "http://h/0/q"], "{own}");
            assert!(humantime::parse_rfc3339(&at.unwrap()).is_ok());
        }
    }

    #[test]
    fn what_only_looks_like_ours_stays_the_senders() {
        let attributes = [text("dlq-mine", "x"), text("dlq-more", "{")];
        assert_eq!(Facts::of(&attributes).own, attributes);
    }
}
