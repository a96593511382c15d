#![doc = include_str!("../README.md")]

mod accept;
mod address;
mod admin;
mod auth;
mod change;
mod check;
mod exposition;
mod log_control;
mod page;
mod places;
mod reply;
mod router;
mod runs;
mod server;
mod site;
mod token;
mod view;

pub use address::{AdminAddr, DEFAULT};
pub use admin::Admin;
pub use log_control::LogControl;
pub use server::Server;
pub use token::Token;
