//! A database in memory and in virtual time, beside the queue that everybody's tests can use.

mod handler;
mod store;

pub(crate) use acquit_engine::testing::fake::{Call, FakeQueue, Operation, SetAside, Touch, Trouble};
pub(crate) use store::{FakeStore, Handled};

/// Why a message was set aside. Leaked, so that tests can compare it with what they write down.
pub(crate) fn reason(dead: &SetAside) -> Option<&'static str> {
    dead.reason.as_ref().map(|reason| &*reason.clone().leak())
}
