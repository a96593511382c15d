//! Stand-ins for SQS and the database, in memory and in virtual time.

mod call;
mod handler;
mod message_store;
mod poll;
mod port;
mod queue;
mod script;
mod store;

pub(crate) use call::{Call, Operation, Touch};
pub(crate) use message_store::Letter;
pub(crate) use queue::FakeQueue;
pub(crate) use script::Trouble;
pub(crate) use store::{FakeStore, Handled};
