//! Messages and deliveries as a queue would hand them out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shared::message::{Attribute, DedupId, Message};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::delivery::Delivery;
use crate::lease::capacity::Slots;
use crate::lease::ledger::Leases;

/// Numbers messages, so that each has an id of its own.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A message that is being made. Anything that takes a message takes it as it is.
#[derive(Clone, Debug)]
#[must_use = "it is a message only, and not sent"]
pub struct MessageBuilder(Message);

/// A message with this body and an id of its own, on its first receive.
///
/// ```
/// use acquit_engine::testing::message;
///
/// let message = message(r#"{"order":7}"#).id("order-7").group("shop-1").receive_count(3).build();
/// assert_eq!(message.receive_count, 3);
/// ```
pub fn message(body: impl Into<String>) -> MessageBuilder {
    let message_id = format!("message-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    MessageBuilder(Message {
        id: DedupId::of(&message_id),
        message_id,
        body: body.into(),
        sent_at: None,
        receive_count: 1,
        attributes: Vec::new(),
        group: None,
        trace_header: None,
    })
}

impl MessageBuilder {
    /// Sets the attribute `dedup-id`: two messages with one id are the same work to a job.
    pub fn id(mut self, id: &str) -> Self {
        self.0.id = DedupId::of(id);
        self
    }

    /// Sets the `MessageGroupId`.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.0.group = Some(group.into());
        self
    }

    /// Adds a message attribute of type `String`.
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.0.attributes.push(Attribute::text(name, value));
        self
    }

    /// Sets how often the message was received, this time included. A
    /// [`TestQueue`](super::TestQueue) that is sent the message counts from here.
    pub fn receive_count(mut self, receives: u32) -> Self {
        self.0.receive_count = receives;
        self
    }

    /// The message itself.
    pub fn build(self) -> Message {
        self.0
    }
}

impl From<MessageBuilder> for Message {
    fn from(builder: MessageBuilder) -> Self {
        builder.build()
    }
}

/// A message with a lease, as a [`Handler`](crate::handler::Handler) gets it. The lease lasts 30 seconds,
/// is that of no queue, and nobody extends it.
///
/// ```
/// use acquit_engine::{handler::Handler, verdict::Verdict};
/// use acquit_engine::testing::{delivery, message};
///
/// # struct Mails;
/// # impl Handler for Mails {
/// #     async fn handle(&self, batch: &[acquit_engine::delivery::Delivery]) -> Vec<Verdict> {
/// #         batch.iter().map(|_| Verdict::Done).collect()
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let verdicts = Mails.handle(&[delivery(message("hello"))]).await;
/// assert_eq!(verdicts, [Verdict::Done]);
/// # }
/// ```
pub fn delivery(message: impl Into<Message>) -> Delivery {
    let leases = Leases::new(Duration::from_secs(30), CancellationToken::new());
    Delivery::new(message.into(), leases.open("receipt".into(), Instant::now(), Slots::of_one()))
}
