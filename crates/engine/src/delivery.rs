//! A message on loan from the queue, and what becomes of it.

use shared::message::Message;
use std::time::Duration;

use crate::lease::ledger::Lease;
use crate::verdict::Rejection;
use shared::backoff::Backoff;

const RETRY: Backoff = Backoff { first: Duration::from_secs(2), most: Duration::from_mins(15) };

/// A message with its lease. It cannot be copied, and settling consumes it:
/// nothing is settled twice.
#[derive(Debug)]
pub struct Delivery {
    /// What handlers see.
    pub message: Message,
    pub(crate) lease: Lease,
    /// Whether it was handled before, without an answer that says how that ended.
    pub(crate) was_tried: bool,
}

impl Delivery {
    /// Just received.
    pub(crate) fn new(message: Message, lease: Lease) -> Self {
        Self { message, lease, was_tried: false }
    }

    /// It is done with: delete it.
    pub(crate) fn done(mut self) -> Settlement {
        self.lease.done();
        Settlement::Delete(self.lease)
    }

    /// It is wanted again `after` this long.
    pub(crate) fn release(self, after: Duration) -> Settlement {
        Settlement::Release(self.lease, after)
    }

    /// It failed, and is wanted again the later the more often it was received.
    pub(crate) fn retry(self) -> Settlement {
        let after = self.retry_delay();
        self.release(after)
    }

    /// How long to leave it alone after it failed.
    pub(crate) fn retry_delay(&self) -> Duration {
        RETRY.delay(self.message.receive_count)
    }

    /// It can never be done: set it aside with the reason.
    pub(crate) fn reject(self, rejection: Rejection) -> Settlement {
        Settlement::DeadLetter(Box::new(self), rejection)
    }
}

/// What the queue is to be told of a delivery.
#[derive(Debug)]
pub(crate) enum Settlement {
    Delete(Lease),
    Release(Lease, Duration),
    DeadLetter(Box<Delivery>, Rejection),
}
