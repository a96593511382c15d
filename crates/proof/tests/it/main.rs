//! The promises, on the real stack: each test has a queue and a database of its own.
//!
//! `make test` starts the stack; by hand: `make up`, then `eval "$(make -s env)"`.

mod admin;
mod admin_guard;
mod bodies;
mod collector;
mod configuration;
mod contention;
mod dlq;
mod doctor;
mod drain;
mod environment;
mod examples;
mod failover;
mod fifo;
mod fifo_tx;
mod hang;
mod http;
mod identity;
mod idle;
mod lines;
mod look;
mod mapping;
mod metrics;
mod migrate;
mod old_rows;
mod outage;
mod outbox;
mod packets;
mod page;
mod rows;
mod scene;
mod seats;
mod secrecy;
mod settlement;
mod start;
mod support;
mod tickets;
mod trace;
mod traces;
mod tx;
mod witness;
