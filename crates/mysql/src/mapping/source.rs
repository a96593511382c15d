//! What a column is filled from, and what is made of it.

use serde::Deserialize;

use super::pointer::Pointer;

/// Where the value of a column comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `/order/id`: a value in the body, which is JSON then.
    Pointer(Pointer),
    /// `body`: the whole text.
    Body,
    /// `dedup-id`: what names the message end to end, as a UUID.
    DedupId,
    /// `message-id`: what SQS calls it.
    MessageId,
    /// `sent-at`: when SQS took it, UTC.
    SentAt,
    /// `receive-count`: how often SQS has handed it out, this time included.
    ReceiveCount,
    /// `group`: its `MessageGroupId`.
    Group,
    /// `attribute:NAME`: a message attribute.
    Attribute(String),
    /// `{ value = … }`: always the same.
    Constant(String),
}

const WORDS: &str = "body, dedup-id, message-id, sent-at, receive-count, group, attribute:NAME or a pointer such as /order/id";

impl Source {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "body" => Ok(Self::Body),
            "dedup-id" => Ok(Self::DedupId),
            "message-id" => Ok(Self::MessageId),
            "sent-at" => Ok(Self::SentAt),
            "receive-count" => Ok(Self::ReceiveCount),
            "group" => Ok(Self::Group),
            pointer if pointer.starts_with('/') => {
                let pointer = Pointer::parse(pointer);
                pointer.map(Self::Pointer).map_err(|error| format!("{text:?} is no pointer: {error}"))
            }
            other => match other.strip_prefix("attribute:") {
                Some("") => Err("`attribute:` needs a name: write attribute:NAME".to_owned()),
                Some(name) => Ok(Self::Attribute(name.to_owned())),
                None => Err(format!(
                    "{text:?} is no source: write {WORDS}; what is always the same is {{ value = {text:?} }}"
                )),
            },
        }
    }

    /// As the file names it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Pointer(pointer) => pointer.to_string(),
            Self::Body => "body".to_owned(),
            Self::DedupId => "dedup-id".to_owned(),
            Self::MessageId => "message-id".to_owned(),
            Self::SentAt => "sent-at".to_owned(),
            Self::ReceiveCount => "receive-count".to_owned(),
            Self::Group => "group".to_owned(),
            Self::Attribute(name) => format!("attribute:{name}"),
            Self::Constant(_) => "a constant".to_owned(),
        }
    }

    /// Whether a message may be without it.
    pub(crate) fn may_be_missing(&self) -> bool {
        matches!(self, Self::Pointer(_) | Self::SentAt | Self::Group | Self::Attribute(_))
    }

    /// Whether its text is to be made something of.
    pub(crate) fn is_convertible(&self) -> bool {
        matches!(self, Self::Pointer(_) | Self::Attribute(_) | Self::Group)
    }
}

/// What is made of a value. Without `as` a text stays a text, a number keeps its own digits, `true` and
/// `false` become 1 and 0, and an object or an array stays JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum As {
    /// Nothing was said.
    #[serde(skip)]
    #[default]
    Itself,
    /// A text; a number is refused.
    Text,
    /// A whole number of any size, from a number or a text.
    Integer,
    /// A decimal number, from a number or a text, by its digits.
    Decimal,
    /// 1 or 0, from `true`, `false`, 1, 0 or the same as a text.
    Boolean,
    /// A moment in UTC, from a text by RFC 3339.
    Time,
    /// A moment in UTC, from seconds since 1970.
    EpochSeconds,
    /// A moment in UTC, from milliseconds since 1970.
    EpochMilliseconds,
    /// The value's own JSON.
    Json,
    /// Of `dedup-id`: its 16 bytes.
    Binary,
}

/// What a column gets where the message has no value for it, or has `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Missing {
    /// The message is a dead letter (`missing-field`).
    #[default]
    Reject,
    /// NULL.
    Null,
    /// The column's own default.
    Default,
}

/// What becomes of a message whose row is in the way of one with the same unique key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Existing {
    /// The row that is there stays as it is, and the message is done.
    #[default]
    Duplicate,
    /// The row that is there gets the message's values.
    Update,
    /// The message is a dead letter (`data-error`).
    Reject,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_it_is_named() {
        for text in [
            "body",
            "dedup-id",
            "message-id",
            "sent-at",
            "receive-count",
            "group",
            "attribute:tenant",
            "/a/0/b",
        ] {
            assert_eq!(Source::parse(text).unwrap().name(), text);
        }
        for text in ["", "Body", "order/id", "$.order.id", "attribute:", "/~"] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }
}
