#![doc = include_str!("../README.md")]

pub mod attribute_json;
pub mod flaw;
pub mod outgoing;
pub mod port;
pub mod producer;
pub mod relay;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "otel")]
mod trace;
#[cfg(not(feature = "otel"))]
#[path = "trace_off.rs"]
mod trace;
pub mod wire;

pub use flaw::Flaw;
pub use outgoing::Outgoing;
pub use producer::{Producer, SendError};
pub use trace::in_context;
pub use wire::Wire;
