#![doc = include_str!("../README.md")]

pub mod flaw;
pub mod outgoing;
pub mod port;
pub mod producer;
pub mod relay;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;

pub use flaw::Flaw;
pub use outgoing::Outgoing;
pub use producer::{Producer, SendError};
pub use wire::Wire;
