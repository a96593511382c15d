//! A message that is to be put on a queue.

use std::fmt;

use shared::limits::{MAX_ATTRIBUTES, MAX_BYTES};
use shared::message::Attribute;

use crate::name;

/// A message that is to be put on a queue.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The text itself.
    pub body: String,
    /// The name among them.
    pub attributes: Vec<Attribute>,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// The `MessageId` that it had. On a FIFO queue it is sent under it: SQS accepts what it saw in the
    /// last five minutes under the same id, and delivers nothing. The name of the message would lose it.
    pub message_id: Option<String>,
    /// `AWSTraceHeader`.
    pub trace_header: Option<String>,
}

/// Without the body: it may be anybody's secret.
impl fmt::Debug for OutgoingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

impl OutgoingMessage {
    /// Under `name`, unless it says one itself: sent on, it gets another `MessageId`. Where there is no
    /// room for a name: as it is if it `may_be_nameless`, else `None`.
    pub fn named(mut self, name: &str, may_be_nameless: bool) -> Option<Self> {
        let own = self.attributes.clone();
        if name::keep(&mut self.attributes, name) && self.fits() {
            return Some(self);
        }
        self.attributes = own;
        Some(self).filter(|nameless| may_be_nameless && nameless.fits())
    }

    /// Whether it has what a queue of some that stand in for SQS does not take: `AWSTraceHeader`, and on
    /// a standard queue the group.
    pub fn has_system(&self, is_fifo: bool) -> bool {
        self.trace_header.is_some() || (self.group.is_some() && !is_fifo)
    }

    /// Without that. A FIFO queue takes nothing that is in no group.
    #[must_use]
    pub fn without_system(&self, is_fifo: bool) -> Self {
        let group = self.group.clone().filter(|_| is_fifo);
        Self { group, trace_header: None, ..self.clone() }
    }

    /// What SQS counts.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.attributes.iter().map(Attribute::bytes).sum::<usize>()
    }

    /// Whether SQS takes as much.
    pub fn fits(&self) -> bool {
        self.attributes.len() <= MAX_ATTRIBUTES && self.bytes() <= MAX_BYTES
    }
}
