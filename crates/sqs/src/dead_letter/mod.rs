//! Dead letters: what they say, how they are written, read and sent on.

pub mod message;
pub mod outgoing;
pub mod port;
pub mod queue;
pub mod read;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub(crate) mod write;
