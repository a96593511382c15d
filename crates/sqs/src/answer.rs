//! What an answer to a receive holds, read from its text straight into messages.
//!
//! The SDK makes maps of attributes and a string of each word first, which were a fifth of what a
//! message allocated. What this does not read in full it does not read at all: then the SDK does.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use shared::limits::MAX_BATCH;

mod attributes;
mod raw;

pub(super) use raw::{Flaw, Judged, Raw, System, Text, sent_at};

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

#[cfg(test)]
mod tests;
