//! What SQS says of a message, and the message that it makes.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::Deserializer;
use shared::message::{Attribute, DedupId, Message, Received, is_checksum};

use super::attributes::attributes;
use crate::name;

/// A message that cannot be used as it came. It is left to the queue, which hands it out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("SQS sent a message without body, id or receipt: left to the queue")]
    Incomplete,
    #[error("SQS sent a body that does not match its checksum: left to the queue")]
    Corrupt,
}

/// A message of an answer, or what is wrong with it, with its group.
pub(crate) type Judged = Result<Received, (Flaw, Option<String>)>;

/// What SQS says of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Raw<'a> {
    pub(crate) message_id: Option<String>,
    #[serde(borrow)]
    pub(crate) receipt_handle: Option<Text<'a>>,
    #[serde(rename = "MD5OfBody", borrow)]
    pub(crate) md5_of_body: Option<Text<'a>>,
    pub(crate) body: Option<String>,
    #[serde(rename = "Attributes", borrow)]
    pub(crate) system: Option<System<'a>>,
    #[serde(rename = "MessageAttributes", deserialize_with = "attributes")]
    pub(crate) attributes: Vec<Attribute>,
}

/// What SQS itself adds to a message, as far as it is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct System<'a> {
    #[serde(borrow, deserialize_with = "said")]
    pub(crate) approximate_receive_count: Option<Text<'a>>,
    #[serde(borrow, deserialize_with = "said")]
    pub(crate) sent_timestamp: Option<Text<'a>>,
    #[serde(deserialize_with = "said")]
    pub(crate) message_group_id: Option<String>,
    #[serde(rename = "AWSTraceHeader", deserialize_with = "said")]
    pub(crate) trace_header: Option<String>,
}

/// A text that is borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Raw<'_> {
    /// The message, if it is one.
    pub(crate) fn judge(self) -> Judged {
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
pub(crate) fn sent_at(text: &str) -> Option<SystemTime> {
    const YEAR_10000: u64 = 253_402_300_800_000;
    let millis = text.parse().ok().filter(|millis| *millis < YEAR_10000)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

/// What is there is a text, and not null.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(text: D) -> Result<Option<T>, D::Error> {
    T::deserialize(text).map(Some)
}
