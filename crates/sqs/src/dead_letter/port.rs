//! The port to a queue in an operator's hands: looked through, taken from, sent to.

use std::time::Duration;

use engine::queue::EntryResult;
use shared::error::ServiceError;
use shared::message::Receipt;

use super::message::DeadLetter;
use super::outgoing::OutgoingMessage;

/// What can be done with the letters on a queue. Batches have up to ten entries, and their answers
/// are by position.
pub trait DeadLetterQueue: Send + Sync + 'static {
    /// Whether letters of a group are handed out only while none of it is in hand.
    fn is_fifo(&self) -> bool {
        false
    }

    /// Takes up to `most` of 1 to 10, which nobody else gets for the time of `visibility`.
    ///
    /// # Errors
    /// Where there was no answer or a refusal. Dead letters may have been taken all the same.
    ///
    /// # Cancel safety
    /// Never drop it: letters would be taken that nobody has.
    fn receive(
        &self,
        most: usize,
        visibility: Duration,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, ServiceError>> + Send;

    /// Deletes what was received.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn delete(
        &self,
        receipts: &[Receipt],
    ) -> impl Future<Output = Result<Vec<EntryResult>, ServiceError>> + Send;

    /// Has letters come back after the given time, counted from now.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> impl Future<Output = Result<Vec<EntryResult>, ServiceError>> + Send;

    /// Puts messages on the queue; one batch holds up to 1 MiB.
    ///
    /// # Errors
    /// Where the call failed as a whole. Messages may be on the queue all the same.
    fn send(
        &self,
        messages: &[OutgoingMessage],
    ) -> impl Future<Output = Result<Vec<Sent>, ServiceError>> + Send;
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
