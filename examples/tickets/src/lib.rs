//! A ticket office: a server takes reservations, a queue keeps them, workers sell the seats.
//!
//! - [`reservation`]: the two messages, one for each queue
//! - [`tables`]: the two tables, and how they are made
//! - [`queues`]: what the queues are called
//! - [`database`]: connections outside of jobs
//!
//! The programs are in `src/bin`: the server, the worker, the setup of the tables, and a crowd that wants
//! seats.

pub mod database;
pub mod queues;
pub mod reservation;
pub mod tables;
