#![doc = include_str!("../README.md")]

pub mod account;
pub mod client;
pub mod dead_letter;
pub mod error;
pub mod inspect;
pub mod lookup;
pub mod name;
pub mod queue;
pub mod redrive_policy;
pub mod relay;
pub mod send_port;

mod answer;
mod batch;
mod checksum;
mod depth;
mod entries;
mod environment;
mod left;
mod reader;
mod receive_attempt;
mod send;
mod user_agent;
mod wire;
