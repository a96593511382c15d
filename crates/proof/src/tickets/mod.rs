//! The ticket office of `examples/tickets`, run as its users run it: a crowd comes, things break, and in
//! the end everything is counted.

mod blow;
mod breaker;
mod news;
mod office;
mod reckoning;
mod run;
mod staff;

pub use office::Options;
pub use reckoning::Reckoning;
pub use run::run;
