//! The admin server over real connections, with pipelines on queues that live in memory.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod answers;
mod client;
mod fake;
mod one;
mod own;
mod several;
