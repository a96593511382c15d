//! What an answer to a receive holds, read from its text straight into messages.
//!
//! The SDK makes maps of attributes and a string of each word first, which were a fifth of what a
//! message allocated. What this does not read in full it does not read at all: then the SDK does.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_smithy_types::base64;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use shared::limits::{MAX_ATTRIBUTES, MAX_BATCH};
use shared::message::{Attribute, AttributeValue, DedupId, Message, Received, is_checksum};

use crate::name;

/// A message that cannot be used as it came. It is left to the queue, which hands it out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("SQS sent a message without body, id or receipt: left to the queue")]
    Incomplete,
    #[error("SQS sent a body that does not match its checksum: left to the queue")]
    Corrupt,
}

/// A message of an answer, or what is wrong with it, with its group.
pub(super) type Judged = Result<Received, (Flaw, Option<String>)>;

/// The messages of an answer; `None` where only the SDK can say what it is.
pub(super) fn read(text: &[u8]) -> Option<Vec<Judged>> {
    let answer: Answer = serde_json::from_str(str::from_utf8(text).ok()?).ok()?;
    Some(answer.messages.map(|messages| messages.0).unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    messages: Option<Messages>,
}

struct Messages(Vec<Judged>);

/// What SQS says of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Raw<'a> {
    pub(super) message_id: Option<String>,
    #[serde(borrow)]
    pub(super) receipt_handle: Option<Text<'a>>,
    #[serde(rename = "MD5OfBody", borrow)]
    pub(super) md5_of_body: Option<Text<'a>>,
    pub(super) body: Option<String>,
    #[serde(rename = "Attributes", borrow)]
    pub(super) system: Option<System<'a>>,
    #[serde(rename = "MessageAttributes", deserialize_with = "attributes")]
    pub(super) attributes: Vec<Attribute>,
}

/// What SQS itself adds to a message, as far as it is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct System<'a> {
    #[serde(borrow, deserialize_with = "said")]
    pub(super) approximate_receive_count: Option<Text<'a>>,
    #[serde(borrow, deserialize_with = "said")]
    pub(super) sent_timestamp: Option<Text<'a>>,
    #[serde(deserialize_with = "said")]
    pub(super) message_group_id: Option<String>,
    #[serde(rename = "AWSTraceHeader", deserialize_with = "said")]
    pub(super) trace_header: Option<String>,
}

/// A text that is borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The value of a message attribute.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Value<'a> {
    string_value: Option<String>,
    binary_value: Option<&'a str>,
    data_type: Option<String>,
}

impl Raw<'_> {
    /// The message, if it is one.
    pub(super) fn judge(self) -> Judged {
        match self.flaw() {
            Some(flaw) => Err((flaw, self.system.and_then(|system| system.message_group_id))),
            None => Ok(self.received()),
        }
    }

    fn flaw(&self) -> Option<Flaw> {
        let Some(body) = &self.body else { return Some(Flaw::Incomplete) };
        if self.md5_of_body.as_ref().is_some_and(|said| !is_checksum(&said.0, body)) {
            return Some(Flaw::Corrupt);
        }
        let is_whole = self.message_id.is_some() && self.receipt_handle.is_some();
        (!is_whole).then_some(Flaw::Incomplete)
    }

    /// Of one without a flaw.
    fn received(mut self) -> Received {
        let system = self.system.unwrap_or_default();
        let receive_count = system.approximate_receive_count.and_then(|text| text.0.parse().ok());
        let message_id = self.message_id.unwrap_or_default();
        let label = name::take_label(&mut self.attributes);
        let dedup_id = name::said(&self.attributes).or(label.as_deref());
        Received {
            receipt: self.receipt_handle.map(|text| text.0).unwrap_or_default().into(),
            message: Message {
                id: DedupId::identify(dedup_id, &message_id),
                message_id,
                body: self.body.unwrap_or_default(),
                sent_at: system.sent_timestamp.and_then(|text| sent_at(&text.0)),
                receive_count: receive_count.unwrap_or(1),
                attributes: self.attributes,
                group: system.message_group_id,
                trace_header: system.trace_header,
            },
        }
    }
}

/// Milliseconds since 1970, as far as a `DATETIME` holds them (to the year 9999).
pub(super) fn sent_at(text: &str) -> Option<SystemTime> {
    const YEAR_10000: u64 = 253_402_300_800_000;
    let millis = text.parse().ok().filter(|millis| *millis < YEAR_10000)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

/// What is there is a text, and not null.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(text: D) -> Result<Option<T>, D::Error> {
    T::deserialize(text).map(Some)
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Messages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Messages, A::Error> {
                let mut messages = Vec::with_capacity(MAX_BATCH);
                while let Some(message) = list.next_element::<Raw<'de>>()? {
                    messages.push(message.judge());
                }
                Ok(Messages(messages))
            }
        }
        list.deserialize_seq(Each)
    }
}

/// Message attributes, or null. Each name comes once.
fn attributes<'de, D: Deserializer<'de>>(map: D) -> Result<Vec<Attribute>, D::Error> {
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
        let bytes = self.binary_value.map(base64::decode).transpose();
        let bytes = bytes.map_err(E::custom)?.map(AttributeValue::Bytes);
        let data_type = self.data_type.unwrap_or_default();
        let value = self.string_value.map(AttributeValue::Text).or(bytes);
        Ok(value.map(|value| Attribute { name, data_type, value }))
    }
}

#[cfg(test)]
mod tests;
