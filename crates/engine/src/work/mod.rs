//! Work: hands messages to the handler, and finds out whose fault a refusal is.

pub(crate) mod blame;
pub(crate) mod channel;
pub(crate) mod worker;
