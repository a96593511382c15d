//! Order by group: lanes between receivers and workers, in each of which one waits for the other.

pub(crate) mod keeper;
pub(crate) mod key;
mod lane;
pub(crate) mod lanes;
