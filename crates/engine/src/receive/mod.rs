//! Receiving: who may poll, when, and for how many messages.

pub(crate) mod gate;
pub(crate) mod pause;
pub(crate) mod poll_limiter;
pub(crate) mod receiver;
pub(crate) mod trial_poll;
