//! Work: hands messages to the handler, and finds out whose fault a refusal is.

mod attempt;
pub(crate) mod blame;
mod call;
pub(crate) mod channel;
pub(crate) mod guarded;
pub(crate) mod panics;
pub(crate) mod timeouts;
pub(crate) mod worker;

pub(crate) use call::caught;
#[cfg(feature = "testing")]
pub(crate) use call::text as panic_text;
