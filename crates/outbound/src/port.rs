//! A queue as those who send see it.

use std::future::Future;

use shared::error::ServiceError;

use crate::outgoing::Outgoing;

/// Where messages go.
pub trait SendPort: Send + Sync + 'static {
    /// Its URL, whose end is its name.
    fn url(&self) -> &str;

    /// Puts up to ten messages, of 1 MiB in all, on the queue, and says what became of each, in their
    /// order. Each was [checked](Outgoing::check).
    ///
    /// # Errors
    /// Where the call failed as a whole. Where it was not answered, any of them may be on the queue.
    fn send(&self, batch: &[Outgoing]) -> impl Future<Output = Result<Vec<Entry>, ServiceError>> + Send;
}

/// What became of one message of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It is on the queue, as it was sent.
    Taken,
    /// It is not on the queue, and would be refused again, for this reason.
    Refused(String),
    /// It is not on the queue, for this reason, and may be taken later.
    Failed(String),
    /// It may be on the queue: the answer does not say, or tells of another message.
    Unknown(String),
}
