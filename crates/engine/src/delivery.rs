//! A message on loan from the queue, and what becomes of it.

use std::time::Duration;

use shared::backoff::Backoff;
use shared::message::Message;

use crate::lease::ledger::Lease;
use crate::verdict::Rejection;

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
    /// Whether it was in a batch that the handler failed for as a whole.
    pub(crate) is_alone: bool,
    /// Whether SQS hands it out no more after this receive, as known when it was last handled.
    pub(crate) is_last_receive: bool,
}

impl Delivery {
    /// Just received.
    pub(crate) fn new(message: Message, lease: Lease) -> Self {
        Self { message, lease, was_tried: false, is_alone: false, is_last_receive: false }
    }

    /// Names what this delivery must take effect in order with: on a queue with an order its group.
    /// `None`: it has no order.
    pub fn lane(&self) -> Option<&str> {
        let place = self.lease.place.as_ref().filter(|place| place.keeps_order)?;
        Some(place.lane())
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

    /// It failed, and is wanted again after this delay, or where there is none the later the more often
    /// it was received. SQS takes no delay that ends later than 12 hours after the receive.
    pub(crate) fn retry(self, after: Option<Duration>) -> Settlement {
        let after = after.unwrap_or_else(|| self.retry_delay()).min(self.lease.max_delay());
        self.release(after)
    }

    /// How long to leave it alone after it failed.
    pub(crate) fn retry_delay(&self) -> Duration {
        RETRY.delay(self.message.receive_count)
    }

    /// Whether it can spend a receive without being tried: more than half of them are left.
    pub(crate) fn can_be_given_back(&self, max_receives: Option<u32>) -> bool {
        max_receives.is_none_or(|max| self.message.receive_count * 2 < max)
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

#[cfg(test)]
pub(crate) mod tests {
    use shared::message::{Attribute, DedupId};
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::lease::capacity::Capacity;
    use crate::lease::ledger::Leases;

    /// A message as a queue hands it out for the first time.
    pub(crate) fn message(body: &str, attributes: Vec<Attribute>) -> Message {
        Message {
            id: DedupId::of("m"),
            message_id: "m".into(),
            body: body.into(),
            sent_at: None,
            receive_count: 1,
            attributes,
            group: None,
            trace_header: None,
        }
    }

    /// A message with a lease of its own.
    pub(crate) async fn delivery(message: Message) -> Delivery {
        let leases = Leases::new(Duration::from_secs(30), CancellationToken::new());
        let slot = Capacity::new(1, usize::MAX).reserve(1).await;
        Delivery::new(message, leases.open("r".into(), Instant::now(), slot))
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_ends_within_twelve_hours_of_the_receive() {
        const HOUR: Duration = Duration::from_hours(1);
        const MINUTE: Duration = Duration::from_mins(1);
        for (held, asked, given) in [(0, 1, HOUR), (0, 12, MINUTE * (12 * 60 - 1)), (11, 12, MINUTE * 59)] {
            let delivery = delivery(message("x", Vec::new())).await;
            tokio::time::advance(HOUR * held).await;
            let settlement = delivery.retry(Some(HOUR * asked));
            assert!(matches!(settlement, Settlement::Release(_, after) if after == given), "{settlement:?}");
        }
    }
}
