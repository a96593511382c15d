//! Stand-ins for SQS and the database, in memory and in virtual time.

mod call;
mod handler;
mod poll;
mod port;
mod queue;
mod script;
mod shelf;
mod store;

pub(crate) use call::{Call, Operation, Touch};
pub(crate) use queue::FakeQueue;
pub(crate) use script::Trouble;
pub(crate) use shelf::Letter;
pub(crate) use store::{FakeStore, Handled};
