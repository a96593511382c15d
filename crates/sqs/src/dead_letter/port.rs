//! The port to a queue in an operator's hands: looked through, taken from, sent to.

use std::time::Duration;

use shared::error::Fault;

use super::message::Letter;
use super::outgoing::Outgoing;
use engine::queue::Entry;
use shared::message::Receipt;

/// What can be done with the letters on a queue. Batches have up to ten entries, and their answers
/// are by position.
pub trait Letters: Send + Sync + 'static {
    /// Takes up to `most` of 1 to 10, which nobody else gets for the time of `visibility`.
    ///
    /// # Errors
    /// Where there was no answer or a refusal. Letters may have been taken all the same.
    ///
    /// # Cancel safety
    /// Never drop it: letters would be taken that nobody has.
    fn receive(
        &self,
        most: usize,
        visibility: Duration,
    ) -> impl Future<Output = Result<Vec<Letter>, Fault>> + Send;

    /// Deletes what was received.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn delete(&self, receipts: &[Receipt]) -> impl Future<Output = Result<Vec<Entry>, Fault>> + Send;

    /// Has letters come back after the given time, counted from now.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> impl Future<Output = Result<Vec<Entry>, Fault>> + Send;

    /// Puts messages on the queue; one batch holds up to 1 MiB.
    ///
    /// # Errors
    /// Where the call failed as a whole. Messages may be on the queue all the same.
    fn send(&self, messages: &[Outgoing]) -> impl Future<Output = Result<Vec<Sent>, Fault>> + Send;
}

/// What became of one message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on the queue.
    Done,
    /// SQS does not take it, in its own words.
    Refused(String),
    /// It is not on the queue; a repetition may succeed.
    Failed(String),
}
