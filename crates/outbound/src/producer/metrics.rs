//! What was sent, and how that went.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use engine::histogram::{CALL, Histogram, as_f64};
use engine::monitor::{Families, Family, MICROS, SYSTEM};
use shared::error::{ErrorKind, ServiceError};
use shared::queue::name_in;

use super::error::SendError;

/// The metrics of a producer: their names, kinds, labels and what they say.
pub mod names {
    use engine::metrics::names::{Kind, Name};

    pub use engine::metrics::names::{OPERATION_DURATION, SENT};

    /// Those that were not confirmed.
    pub const FAILED: Name = Name {
        name: "producer_failed_total",
        kind: Kind::Counter,
        labels: &["messaging_destination_name", "reason"],
        help: "Messages that were not confirmed: invalid, refused, queue, unconfirmed, unknown or closed",
    };
    /// Those that are open.
    pub const OPEN: Name = Name {
        name: "producer_open",
        kind: Kind::Gauge,
        labels: &["messaging_destination_name"],
        help: "Messages taken and not yet answered for",
    };
    /// How well calls are filled.
    pub const BATCH: Name = Name {
        name: "producer_batch_messages",
        kind: Kind::Histogram,
        labels: &["messaging_destination_name"],
        help: "Messages in a call, 1 to 10, repetitions aside",
    };
}

const ENTRIES: &[u64] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/// What was measured since the start.
#[derive(Debug)]
pub(super) struct Metrics {
    queue: String,
    sent: AtomicU64,
    failed: [AtomicU64; SendError::REASONS.len()],
    open: AtomicU64,
    batches: Histogram,
    /// Calls that ended well, then by kind of fault, in microseconds.
    calls: [Histogram; 1 + ErrorKind::ALL.len()],
}

impl Metrics {
    pub(super) fn new(url: &str) -> Self {
        Self {
            queue: name_in(url).to_owned(),
            sent: AtomicU64::default(),
            failed: Default::default(),
            open: AtomicU64::default(),
            batches: Histogram::new(ENTRIES),
            calls: std::array::from_fn(|_| Histogram::new(CALL)),
        }
    }

    /// A message was taken.
    pub(super) fn open(&self) {
        self.open.fetch_add(1, Relaxed);
    }

    /// A message was answered for.
    pub(super) fn close(&self, answer: &Result<(), SendError>) {
        self.open.fetch_sub(1, Relaxed);
        match answer {
            Ok(()) => &self.sent,
            Err(error) => &self.failed[error.place()],
        }
        .fetch_add(1, Relaxed);
    }

    /// So many messages go in one call.
    pub(super) fn batch(&self, messages: usize) {
        self.batches.observe(messages as u64);
    }

    /// A call ended.
    pub(super) fn call(&self, took: Duration, fault: Option<&ServiceError>) {
        let place = fault.map_or(0, |fault| 1 + fault.kind as usize);
        self.calls[place].observe_time(took);
    }

    pub(super) fn families(&self) -> Vec<Family> {
        let (queue, mut families) = (self.queue.as_str(), Families::default());
        let count = |counter: &AtomicU64| as_f64(counter.load(Relaxed));
        families.values(&names::SENT, [([SYSTEM, "send", queue], count(&self.sent))]);
        let failed = SendError::REASONS.iter().zip(&self.failed);
        families.values(&names::FAILED, failed.map(|(reason, counter)| ([queue, reason], count(counter))));
        families.values(&names::OPEN, [([queue], count(&self.open))]);
        families.histograms(&names::BATCH, 1.0, [([queue], self.batches.snapshot())]);
        let errors = [""].into_iter().chain(ErrorKind::ALL.map(ErrorKind::word));
        let calls = errors.zip(self.calls.iter().map(Histogram::snapshot));
        let calls = calls.filter(|(_, took)| took.count() > 0);
        let calls = calls.map(|(error, took)| ([SYSTEM, "send", queue, error], took));
        families.histograms(&names::OPERATION_DURATION, MICROS, calls);
        families.gathered()
    }
}
