//! Receiving, stopped and taken up again by request. What was received is worked on all the same.

use std::sync::Arc;

use tokio::sync::watch;

use crate::breaker::{Breaker, GivenUp};

/// Whether receiving is paused.
#[derive(Debug)]
pub(crate) struct Pause {
    paused: watch::Sender<bool>,
}

impl Pause {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { paused: watch::Sender::new(false) })
    }

    /// Pauses or resumes. Returns whether that changed anything.
    pub(crate) fn set(&self, paused: bool) -> bool {
        self.paused.send_if_modified(|now| std::mem::replace(now, paused) != paused)
    }

    pub(crate) fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    /// Waits until neither a pause nor the breaker is in the way of a poll.
    ///
    /// # Errors
    /// As [`Breaker::closed`].
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn lets_receive(&self, breaker: &Breaker) -> Result<(), GivenUp> {
        loop {
            let mut paused = self.paused.subscribe();
            paused.wait_for(|paused| !paused).await.map(drop).expect("it owns the sender");
            breaker.closed().await?;
            // The breaker may have taken its time.
            if !self.is_paused() {
                return Ok(());
            }
        }
    }
}
