//! Receiving, stopped and taken up again by request. What was received is worked on all the same.

use std::sync::Arc;

use tokio::sync::watch;

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

    /// Waits until receiving is not paused.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn ended(&self) {
        let mut paused = self.paused.subscribe();
        paused.wait_for(|paused| !paused).await.map(drop).expect("it owns the sender");
    }
}
