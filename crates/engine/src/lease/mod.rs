//! Leases: which messages this process holds, until when, and how many it may hold.

pub(crate) mod capacity;
pub(crate) mod groups;
pub(crate) mod ledger;
mod lost;
pub(crate) mod place;
