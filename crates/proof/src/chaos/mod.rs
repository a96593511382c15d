//! Breaks whatever can break, in an order that a seed decides, while messages flow.

mod breaker;
mod connections;
mod database;
mod extras;
mod failover;
mod fifo;
mod letters;
mod mapped;
mod outcome;
mod pair;
mod queue;
mod run;
mod scene;
mod schema;
pub(crate) mod shuffle_bag;
mod tally;
mod watch;
mod worker;
mod workers;

pub use database::mend;
pub use failover::Failovers;
pub use fifo::{FifoOptions, FifoOutcome, run_fifo};
pub use mapped::{MappedOutcome, run_mapped};
pub use outcome::Outcome;
pub use run::{Options, run};
pub use watch::Health;
