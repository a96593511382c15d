//! What a relay has done, and how much it has before it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::held::Held;
use super::port::Depth;

/// Counts from the start of the relay on.
#[derive(Debug, Default)]
pub struct RelayStats {
    relayed: AtomicU64,
    failed: AtomicU64,
    calls: AtomicU64,
    depth: Mutex<Option<Depth>>,
    trouble: Mutex<Option<String>>,
    pub(super) held: Held,
}

/// A relay at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayCounts {
    /// Messages that SQS confirmed and whose rows were deleted.
    pub relayed: u64,
    /// Tries that did not come to that: SQS did not take the message, or did not say so.
    pub failed: u64,
    /// Calls to SQS.
    pub calls: u64,
    /// Rows that SQS refuses: each stays, and its group with it.
    pub refused: u64,
    /// Queues that cannot be sent to at this moment.
    pub queues_paused: u64,
    /// How much waits; `None` while that is not known.
    pub depth: Option<Depth>,
}

impl RelayStats {
    /// All there is to see.
    pub fn counts(&self) -> RelayCounts {
        let held = self.held.counts();
        RelayCounts {
            relayed: self.relayed.load(Relaxed),
            failed: self.failed.load(Relaxed),
            calls: self.calls.load(Relaxed),
            refused: held.refused as u64,
            queues_paused: held.queues as u64,
            depth: *self.depth.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Why the rows cannot be had, while they cannot.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(super) fn relayed(&self, rows: usize) {
        self.relayed.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn failed(&self, rows: usize) {
        self.failed.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn called(&self) {
        self.calls.fetch_add(1, Relaxed);
    }

    pub(super) fn set_depth(&self, depth: Option<Depth>) {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth;
    }
}
