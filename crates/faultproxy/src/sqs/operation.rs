//! What a request asks of SQS.

use std::fmt;

use hyper::HeaderMap;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `ReceiveMessage`
    ReceiveMessage,
    /// `DeleteMessage`
    DeleteMessage,
    /// `DeleteMessageBatch`
    DeleteMessageBatch,
    /// `ChangeMessageVisibility`
    ChangeMessageVisibility,
    /// `ChangeMessageVisibilityBatch`
    ChangeMessageVisibilityBatch,
    /// `SendMessage`
    SendMessage,
    /// `SendMessageBatch`
    SendMessageBatch,
    /// `GetQueueUrl`
    GetQueueUrl,
    /// `GetQueueAttributes`
    GetQueueAttributes,
    /// Any other, and what is no request to SQS at all.
    Other,
}

impl Operation {
    const KNOWN: [Self; 9] = [
        Self::ReceiveMessage,
        Self::DeleteMessage,
        Self::DeleteMessageBatch,
        Self::ChangeMessageVisibility,
        Self::ChangeMessageVisibilityBatch,
        Self::SendMessage,
        Self::SendMessageBatch,
        Self::GetQueueUrl,
        Self::GetQueueAttributes,
    ];

    /// The one that the header `X-Amz-Target` names.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = target.strip_prefix("AmazonSQS.").unwrap_or_default();
        let named = Self::KNOWN.into_iter().find(|operation| operation.to_string() == name);
        named.unwrap_or(Self::Other)
    }

    /// Whether it has entries, each with an answer of its own.
    pub fn is_batch(self) -> bool {
        matches!(self, Self::DeleteMessageBatch | Self::ChangeMessageVisibilityBatch | Self::SendMessageBatch)
    }

    /// Whether it ends a message's life.
    pub(super) fn deletes(self) -> bool {
        matches!(self, Self::DeleteMessage | Self::DeleteMessageBatch)
    }

    /// Whether it changes when a message is visible again.
    pub(super) fn hides(self) -> bool {
        matches!(self, Self::ChangeMessageVisibility | Self::ChangeMessageVisibilityBatch)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
