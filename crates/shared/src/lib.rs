#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod error;
pub mod limits;
pub mod message;
pub mod queue;
