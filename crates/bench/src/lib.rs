//! Measures the consumer: what it drains, costs and holds, side by side with others that do the
//! same, on the same queue emulator, database and machine, in turns.
//!
//! - [`site`], [`emulator`]: where the queues are
//! - [`subject`], [`bare`], [`rivals`], [`running`]: what is measured
//! - [`filling`], [`window`], [`gauge`]: how it is measured
//! - [`drain`], [`idle`], [`trickle`], [`latency`], [`memory`], [`scale`], [`growth`], [`losses`],
//!   [`transactions`], [`mapping`], [`producer`], [`relay`], [`fifo`], [`distance`]: what is found out
//! - [`table`], [`picture`], [`record`], [`budget`]: how it is said
//!
//! Everything here fails with an `anyhow` error: it is only ever run to find out.

#![allow(clippy::missing_errors_doc, reason = "everything here fails alike, as said above")]

pub mod bare;
pub mod budget;
pub mod cli;
pub mod distance;
pub mod drain;
pub mod emulator;
pub mod fifo;
pub mod filling;
pub mod findings;
pub mod folder;
pub mod gauge;
pub mod growth;
pub mod idle;
pub mod latency;
pub mod losses;
pub mod machine;
pub mod mapping;
pub mod memory;
pub mod picture;
pub mod price;
pub mod producer;
pub mod record;
pub mod relay;
pub mod rivals;
pub mod run;
pub mod running;
pub mod say;
pub mod scale;
pub mod site;
pub mod stats;
pub mod subject;
pub mod table;
pub mod transactions;
pub mod trickle;
pub mod window;
