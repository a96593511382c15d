#![doc = include_str!("../README.md")]

pub mod connection;
pub mod error;
pub mod inspect;
pub mod mapping;
pub mod migrate;
pub mod outbox;
pub mod store;
pub mod tx;

mod literal;
mod migrations;
mod schema;

pub use error::{Class, StoreError, class_of};
pub use tx::{MySql, Tx};
