//! What a job may know of its message beside the body.

use std::fmt;
use std::time::SystemTime;

use shared::message::{Attribute, AttributeValue, DedupId, Message};
use tokio_util::sync::CancellationToken;

/// What the queue said of a message, and two tokens that tell a long job when to stop.
#[derive(Clone)]
#[non_exhaustive]
pub struct Meta {
    /// Names the message end to end: the `dedup-id` attribute, else the `MessageId`.
    pub id: DedupId,
    /// Names the message within the queue.
    pub message_id: String,
    /// How often SQS has handed the message out, this time included.
    pub receive_count: u32,
    /// Whether SQS hands it out no more after this receive, by the redrive policy as last read.
    pub last_receive: bool,
    /// `MessageGroupId`, where the sender gave one.
    pub group: Option<String>,
    /// When SQS took the message; `None` where SQS did not say so intelligibly.
    pub sent_at: Option<SystemTime>,
    /// Is cancelled when the lease is lost: SQS refused to extend it, or it ran out. Then another
    /// consumer may have the message, and this one is better off stopping.
    pub lease_lost: CancellationToken,
    /// Is cancelled when the worker begins to stop.
    pub stopping: CancellationToken,
    attributes: Vec<Attribute>,
}

impl Meta {
    pub(super) fn new(
        message: &Message,
        last_receive: bool,
        lease_lost: CancellationToken,
        stopping: CancellationToken,
    ) -> Self {
        Self {
            id: message.id,
            message_id: message.message_id.clone(),
            receive_count: message.receive_count,
            last_receive,
            group: message.group.clone(),
            sent_at: message.sent_at,
            lease_lost,
            stopping,
            attributes: message.attributes.clone(),
        }
    }

    /// Of a message that was received just now, for whoever names its key.
    pub(crate) fn of(message: &Message) -> Self {
        Self::new(message, false, CancellationToken::new(), CancellationToken::new())
    }

    /// The value of the message attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        Attribute::find(&self.attributes, name).map(|attribute| &attribute.value)
    }

    /// The value of the attribute with this name, where it is text or a number.
    pub fn text(&self, name: &str) -> Option<&str> {
        Attribute::find_text(&self.attributes, name)
    }
}

/// Without the values of attributes: they may be anybody's secret.
impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Meta");
        debug.field("id", &self.id).field("message_id", &self.message_id);
        debug.field("receive_count", &self.receive_count).field("last_receive", &self.last_receive);
        debug.finish_non_exhaustive()
    }
}
