//! The port to the queue: batches go in, an answer for each entry comes out.

use std::time::Duration;

use shared::error::ServiceError;
use shared::message::{Message, Receipt, Received};

use crate::depth::Depth;
use crate::verdict::Rejection;

/// A queue with visibility timeouts, as SQS is. Every call ends within a bounded time.
///
/// Batch calls take up to ten entries. Their answers are by position: a call that succeeded may
/// have failed for some of its entries.
pub trait Queue: Send + Sync + 'static {
    /// Waits for messages, and takes up to `most` of 1 to 10.
    ///
    /// # Errors
    /// Where there was no answer or a refusal. Messages may have been taken all the same.
    ///
    /// # Cancel safety
    /// Never drop it: messages would be taken that nobody has.
    fn receive(&self, most: usize) -> impl Future<Output = Result<Vec<Received>, ServiceError>> + Send;

    /// Deletes what was received.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn delete(
        &self,
        receipts: &[Receipt],
    ) -> impl Future<Output = Result<Vec<EntryResult>, ServiceError>> + Send;

    /// Makes messages visible again after the given time, counted from now.
    ///
    /// # Errors
    /// Where the call failed as a whole.
    fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> impl Future<Output = Result<Vec<EntryResult>, ServiceError>> + Send;

    /// Puts a copy of the message, with the reason, on the dead-letter queue.
    ///
    /// # Errors
    /// Where there is no such queue, or it did not take the message.
    fn dead_letter(
        &self,
        message: &Message,
        rejection: &Rejection,
    ) -> impl Future<Output = Result<Moved, ServiceError>> + Send;

    /// After so many receives the queue gives a message up; `None`: it never does. As last read.
    fn max_receive_count(&self) -> Option<u32>;

    /// Whether messages of one group are to take effect one after another, in the order in which they
    /// are received. Then a message that the dead-letter queue has no room for is sent to it all the
    /// same, and [`Moved::LeftToQueue`] is no answer.
    fn is_fifo(&self) -> bool {
        false
    }

    /// Reads again what somebody may have changed since: where dead letters go, and after how many
    /// receives. Called every few minutes.
    ///
    /// # Errors
    /// Where there was no answer or a refusal. What was known before stays known.
    fn refresh(&self) -> impl Future<Output = Result<(), ServiceError>> + Send {
        async { Ok(()) }
    }

    /// What it is called, for whoever watches; `None`: nothing.
    fn name(&self) -> Option<&str> {
        None
    }

    /// The server that it is on, as `host` or `host:port`; `None`: it does not say.
    fn server(&self) -> Option<&str> {
        None
    }

    /// What its dead-letter queue is called; `None`: it has none.
    fn dead_letter_name(&self) -> Option<String> {
        None
    }

    /// How many messages it has; `None`: it cannot say. Asked only while somebody watches.
    ///
    /// # Errors
    /// Where there was no answer or a refusal.
    ///
    /// # Cancel safety
    /// Safe.
    fn depth(&self) -> impl Future<Output = Result<Option<Depth>, ServiceError>> + Send {
        async { Ok(None) }
    }
}

/// How a message gets to the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// A copy with the reason is there: the message can be deleted.
    Sent,
    /// There is no room for reason and name beside the body. The queue moves the message itself,
    /// as it is, once its receives are spent.
    LeftToQueue,
}

/// What became of one entry of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryResult {
    /// As asked.
    Ok,
    /// The receipt is no longer good for anything: the lease ran out, or the message is deleted.
    Stale,
    /// It failed; a repetition may succeed.
    Failed,
}
