//! Whose fault refusals are: the messages', or something's that hits all alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Judges refusals.
#[derive(Debug, Default)]
pub(crate) struct Blame {
    accepted: AtomicBool,
}

impl Blame {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// An operator says that the messages are at fault. Returns whether that changed anything.
    pub(crate) fn accept(&self) -> bool {
        !self.accepted.swap(true, Ordering::Relaxed)
    }
}
