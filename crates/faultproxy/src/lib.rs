//! Stands between a program and its servers, and makes them fail in chosen ways.
//!
//! - [`tcp`]: for any protocol, MySQL's above all: refused, silent, slow, reset, answers lost
//! - [`sqs`]: for SQS's JSON protocol: errors by operation, and answers that AWS may give but
//!   a local emulator never does (duplicates, redeliveries, short batches, partial failures)
//! - [`far`]: for any protocol: nothing fails, and everything is a given way off
//!
//! The first two start as mere relays, are steered through a handle that can be cloned, and end, with
//! all their connections, when the proxy is dropped. For faults of both kinds put a
//! [`TcpProxy`] in front of an [`SqsProxy`].

pub mod far;
pub mod sqs;
pub mod tcp;

mod gauge;
mod listen;
mod table;
mod tally;
mod task;

pub use far::FarProxy;
pub use sqs::SqsProxy;
pub use tcp::TcpProxy;
