//! Settling: tells the queue what became of messages, and keeps those that are held.

pub(crate) mod batcher;
pub(crate) mod heartbeat;
pub(crate) mod settler;

#[cfg(test)]
mod tests;
