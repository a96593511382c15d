//! Stands between a program and its servers, and makes them fail in chosen ways.
//!
//! - [`tcp`]: for any protocol, MySQL's above all: refused, silent, slow, reset, answers lost
//! - [`sqs`]: for SQS's JSON protocol: errors by operation, and answers that AWS may give but
//!   a local emulator never does (duplicates, redeliveries, short batches, partial failures)
//!
//! Both start as mere relays, are steered through a handle that can be cloned, and end, with
//! all their connections, when the proxy is dropped. For faults of both kinds put a
//! [`TcpProxy`] in front of an [`SqsProxy`].

pub mod sqs;
pub mod tcp;

mod gauge;
mod listen;
mod table;
mod tally;
mod task;

pub use sqs::SqsProxy;
pub use tcp::TcpProxy;
