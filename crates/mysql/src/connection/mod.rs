//! Connections: how they are made, lent out, used for a statement, and thrown away.

pub mod pool;
pub mod url;

pub(crate) mod diagnosis;
pub(crate) mod server;
pub(crate) mod session;

mod generation;
mod stragglers;
