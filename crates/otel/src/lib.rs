#![doc = include_str!("../README.md")]

pub mod context;
pub mod log_line;
pub mod operation;
pub mod provider;
pub mod span;

mod exporter;
mod settings;
