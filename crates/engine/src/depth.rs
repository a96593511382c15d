//! How many messages a queue has, as far as it says: it only estimates.

use std::fmt;

use serde::Serialize;

/// Estimates; they lag behind by up to a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Can be received now.
    pub waiting: u64,
    /// Received by somebody, and not yet settled.
    pub in_flight: u64,
    /// Sent, and not to be received yet.
    pub delayed: u64,
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {} waiting, {} in flight, {} delayed", self.waiting, self.in_flight, self.delayed)
    }
}
