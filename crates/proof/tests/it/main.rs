//! The promises, on the real stack: each test has a queue and a database of its own.
//!
//! `make test` starts the stack; by hand: `make up`, then `eval "$(make -s env)"`.

mod bodies;
mod configuration;
mod dlq;
mod doctor;
mod drain;
mod identity;
mod idle;
mod outage;
mod rows;
mod secrecy;
mod support;
mod trace;
