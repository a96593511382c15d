//! Breaks whatever can break, in an order that a seed decides, while messages flow.

mod breaker;
mod database;
mod deck;
mod outcome;
mod queue;
mod run;
mod tally;
mod workers;

pub use database::mend;
pub use outcome::Outcome;
pub use run::{Options, run};
