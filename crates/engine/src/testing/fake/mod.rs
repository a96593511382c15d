//! A queue as SQS is, in memory and in virtual time, that a test can trouble.

mod call;
mod message_store;
mod poll;
mod port;
mod queue;
mod script;

pub use call::{Call, Operation, Touch};
pub use message_store::SetAside;
pub use queue::{Effects, FakeQueue};
pub use script::Trouble;
