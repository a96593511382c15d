#![doc = include_str!("../README.md")]

pub mod connection;
pub mod error;
pub mod inspect;
pub mod migrate;
pub mod store;

mod schema;
