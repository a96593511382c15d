//! What a proxy has seen and done.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::Fault;
use super::operation::Operation;
use crate::gauge::Gauge;
use crate::table::row;
use crate::tally::Tally;

/// The counter of requests and entries that were refused for their receipt handle.
const STALE_RECEIPT: &str = "StaleReceipt";

/// Counts while calls run.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) requests: Tally<Operation>,
    pub(super) entries: Tally<Operation>,
    pub(super) faults: Tally<&'static str>,
    pub(super) polls: Gauge,
}

/// A proxy's counters at one moment. `Display` is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that came in.
    pub requests: BTreeMap<Operation, u64>,
    /// Messages that they were about: entries of a batch as they came in, messages that a
    /// receive handed out, else one a call.
    pub entries: BTreeMap<Operation, u64>,
    /// Calls that a fault took effect on, by [`Fault::name`]; and, as `StaleReceipt`, requests
    /// and entries that were refused for their receipt handle.
    pub faults: BTreeMap<&'static str, u64>,
    /// `ReceiveMessage` calls under way.
    pub open_polls: usize,
    /// The same, at most since the start.
    pub most_open_polls: usize,
}

impl Meter {
    /// Counts a receipt handle if it was stale.
    pub(super) fn stale(&self, stale: bool) {
        self.faults.add(STALE_RECEIPT, usize::from(stale));
    }

    pub(super) fn read(&self) -> Counts {
        let polls = self.polls.read();
        Counts {
            requests: self.requests.counts(),
            entries: self.entries.counts(),
            faults: self.faults.counts(),
            open_polls: polls.now,
            most_open_polls: polls.most,
        }
    }
}

impl Counts {
    /// Calls of this operation.
    pub fn requests_of(&self, operation: Operation) -> u64 {
        self.requests.get(&operation).copied().unwrap_or_default()
    }

    /// Calls of all operations.
    pub fn all_requests(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Messages that calls of this operation were about.
    pub fn entries_of(&self, operation: Operation) -> u64 {
        self.entries.get(&operation).copied().unwrap_or_default()
    }

    /// How often a fault of this kind took effect, whatever it has with it.
    pub fn faults_of(&self, fault: &Fault) -> u64 {
        self.faults.get(fault.name()).copied().unwrap_or_default()
    }

    /// Requests and entries that were refused for a stale receipt handle.
    pub fn stale_receipts(&self) -> u64 {
        self.faults.get(STALE_RECEIPT).copied().unwrap_or_default()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (operation, count) in &self.requests {
            row(f, format_args!("requests {operation}"), *count)?;
        }
        for (operation, count) in &self.entries {
            row(f, format_args!("messages {operation}"), *count)?;
        }
        for (fault, count) in &self.faults {
            row(f, format_args!("fault {fault}"), *count)?;
        }
        row(f, "open polls", self.open_polls as u64)?;
        row(f, "open polls at most", self.most_open_polls as u64)
    }
}
