//! What a proxy has seen and done.

use std::collections::BTreeMap;
use std::fmt;

use crate::table::row;

/// What can be done to a connection or its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A connection was reset because connections are to be refused. (Those that are refused
    /// never reach the proxy, and are not counted.)
    Refuse,
    /// A connection, a chunk or an end was held in silence.
    BlackHole,
    /// A connection was reset.
    Reset,
    /// A chunk or an end was delayed.
    Delay,
    /// A step was throttled.
    Throttle,
    /// An answer was swallowed and its connection reset.
    CutAnswer,
    /// One direction was closed.
    HalfClose,
}

/// A proxy's counters at one moment. `Display` is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted since the start.
    pub connections: u64,
    /// Open now.
    pub open: usize,
    /// Open at the same time, at most.
    pub most_open: usize,
    /// What was done, and how often.
    pub faults: BTreeMap<Fault, u64>,
}

impl Counts {
    /// How often this was done.
    pub fn faults_of(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or_default()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(f, "connections", self.connections)?;
        row(f, "open", self.open as u64)?;
        row(f, "open at most", self.most_open as u64)?;
        self.faults.iter().try_for_each(|(fault, count)| row(f, format_args!("fault {fault:?}"), *count))
    }
}
