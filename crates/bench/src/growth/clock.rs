//! The time, as ids hold it.

use std::time::{SystemTime, UNIX_EPOCH};

/// The beginning of an id that is made now.
pub(super) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis())
}
