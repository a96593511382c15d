//! Values that are sent to a queue, each of them confirmed.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use engine::monitor::Family;
use outbound::port::SendPort;
use outbound::producer::{self, Settings};
use outbound::{SendError, Wire};
use shared::queue::QueueRef;
use sqs::client::Sqs;
use sqs::send_port::SqsSendPort;

use crate::StartError;

/// Sends messages to one queue. A clone is cheap, and shares calls and limits.
///
/// [`send`](Self::send) ends when SQS has confirmed the very message; concurrent calls share requests.
/// The message's [`key`](Wire::key) is its `dedup-id`, so sending it again is safe: it takes effect once.
pub struct Producer<M> {
    inner: producer::Producer,
    messages: PhantomData<fn(&M)>,
}

impl<M: Wire> Producer<M> {
    /// Sends to `queue`, which is a name or a URL, as region and credentials are found by every tool of
    /// AWS.
    ///
    /// # Errors
    /// Where there is no such queue, no access to it, or no answer.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn open(queue: &str) -> Result<Self, StartError> {
        let sqs = Sqs::load().await?;
        Ok(Self::over(SqsSendPort::open(&sqs, &QueueRef::of(queue)).await?, Settings::default()))
    }

    /// Sends through a port of your own, or with other settings.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn over(port: impl SendPort, settings: Settings) -> Self {
        Self { inner: producer::Producer::start(port, settings), messages: PhantomData }
    }

    /// Sends the message, and ends when SQS has confirmed it: at once where nobody else sends, and after
    /// up to 3 ms more where others do, as they share requests. What failed is tried again for 20 s.
    ///
    /// # Errors
    /// Says what is known of the message: [`Unknown`](SendError::Unknown) where it may be on the queue.
    /// Sending it again is safe after each of them.
    ///
    /// # Cancel safety
    /// Dropped, the message may be sent or not.
    pub async fn send(&self, message: &M) -> Result<(), SendError> {
        self.inner.send(message.outgoing()?).await
    }
}

impl<M> Producer<M> {
    /// The queue's URL.
    pub fn url(&self) -> &str {
        self.inner.url()
    }

    /// Takes nothing new, sends what was taken, and ends when all of that is answered for, after `grace`
    /// at the latest. Call it before the process ends.
    ///
    /// # Cancel safety
    /// Dropped, nothing new is taken, and sending goes on.
    pub async fn close(&self, grace: Duration) {
        self.inner.close(grace).await;
    }

    /// What was sent so far, and how that went, for an admin server or a registry of your own.
    pub fn families(&self) -> Vec<Family> {
        self.inner.families()
    }
}

impl<M> Clone for Producer<M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), messages: PhantomData }
    }
}

impl<M> fmt::Debug for Producer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("url", &self.url()).finish_non_exhaustive()
    }
}
