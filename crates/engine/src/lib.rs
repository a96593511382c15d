#![doc = include_str!("../README.md")]

pub mod batch;
pub mod delivery;
pub mod depth;
#[doc(hidden)]
pub mod failpoint;
pub mod handler;
pub mod histogram;
pub mod job;
pub mod metrics;
pub mod monitor;
pub mod pipeline;
pub mod queue;
pub mod settings;
pub mod stats;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verdict;

mod breaker;
mod lease;
mod log;
mod order;
mod reason;
mod receive;
mod settle;
#[cfg(feature = "otel")]
mod trace;
#[cfg(not(feature = "otel"))]
#[path = "trace/off.rs"]
mod trace;
mod trouble;
mod work;
