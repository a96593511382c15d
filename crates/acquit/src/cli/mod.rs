//! Command lines: what a program on `acquit` can do beside running its worker.

#[cfg(feature = "admin")]
mod admin;
mod commands;
mod database;
mod failure;
mod mapping;
mod program;

#[cfg(feature = "admin")]
pub use admin::{Level, admin_addr};
pub use commands::{Command, DoctorArgs, Place, queue};
pub use database::{ConfigError, DatabaseArgs, with_database_options};
pub use failure::Failure;
pub use mapping::MappingCommand;
pub use runtime::completions::Pages;
pub use runtime::logging::{LogArgs, LogLevel};
pub use runtime::queue::QueueArgs;
pub use runtime::{exit, threads, value_parser, variables};
