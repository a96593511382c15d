//! What a run's calls and batches took: measured around the queue and the handler, and not in them.
//!
//! Everything is recorded once a call or once a batch, but for the lag, which costs a message two
//! additions.

use std::sync::Arc;

use shared::error::ErrorKind;

use crate::stats::{Counter, Stats};

pub mod names;

mod handler;
mod polling;
mod process;
mod queue;

pub use crate::histogram::Snapshot;
use crate::histogram::{ANSWER, BATCH, LAG};
pub(crate) use crate::histogram::{CALL, Histogram};
pub(crate) use polling::Polling;
pub(crate) use process::Usage;

/// What is asked of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Receive,
    Delete,
    ChangeVisibility,
    Send,
    GetAttributes,
}

/// By how calls ended: well, then by kind of fault.
type Ends = [Histogram; 1 + ErrorKind::ALL.len()];

/// What was measured since the start.
#[derive(Debug)]
pub(crate) struct Metrics {
    calls: [Ends; Operation::ALL.len()],
    /// Calls begun; receives are counted by [`Stats::polls`].
    requests: [Counter; Operation::ALL.len()],
    /// How polling goes.
    pub(crate) polling: Polling,
    /// Messages in an answer to a receive.
    pub(crate) answers: Histogram,
    /// Messages in a batch.
    pub(crate) batches: Histogram,
    /// Batches that the handler had an answer for.
    pub(crate) handled: Histogram,
    /// Batches for which it could do nothing.
    pub(crate) unhandled: Histogram,
    /// From sending to row.
    pub(crate) lag: Histogram,
}

/// Calls of one operation that ended alike.
#[derive(Debug)]
pub(crate) struct Calls {
    /// In words of metrics.
    pub(crate) operation: &'static str,
    /// `None`: well.
    pub(crate) error: Option<&'static str>,
    /// In microseconds.
    pub(crate) took: Snapshot,
}

/// A queue or a handler whose calls are measured.
#[derive(Debug)]
pub(crate) struct Metered<T> {
    inner: Arc<T>,
    metrics: Arc<Metrics>,
}

impl Operation {
    const ALL: [Self; 5] =
        [Self::Receive, Self::Delete, Self::ChangeVisibility, Self::Send, Self::GetAttributes];

    fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Delete => "delete",
            Self::ChangeVisibility => "change_visibility",
            Self::Send => "send",
            Self::GetAttributes => "get_attributes",
        }
    }
}

impl Metrics {
    /// Nothing measured yet.
    pub(crate) fn new() -> Arc<Self> {
        let ends = |_| std::array::from_fn(|_| Histogram::new(CALL));
        Arc::new(Self {
            calls: std::array::from_fn(ends),
            requests: Default::default(),
            polling: Polling::new(),
            answers: Histogram::new(ANSWER),
            batches: Histogram::new(BATCH),
            handled: Histogram::new(CALL),
            unhandled: Histogram::new(CALL),
            lag: Histogram::new(LAG),
        })
    }

    /// Calls to the queue that were begun, by operation.
    pub(crate) fn requests(&self, stats: &Stats) -> [(&'static str, u64); Operation::ALL.len()] {
        Operation::ALL.map(|operation| match operation {
            Operation::Receive => (operation.name(), stats.polls.get()),
            _ => (operation.name(), self.requests[operation as usize].get()),
        })
    }

    /// Calls to the queue that ended.
    pub(crate) fn calls(&self) -> impl Iterator<Item = Calls> {
        let errors = || [None].into_iter().chain(ErrorKind::ALL.map(|kind| Some(kind.word())));
        Operation::ALL.into_iter().flat_map(move |operation| {
            let ends = errors().zip(&self.calls[operation as usize]);
            ends.map(move |(error, took)| Calls { operation: operation.name(), error, took: took.snapshot() })
        })
    }
}

impl<T> Metered<T> {
    /// Measures what `inner` does into `metrics`.
    pub(crate) fn new(inner: Arc<T>, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { inner, metrics })
    }
}
