//! Moves messages from an SQS queue into MySQL: nothing lost, nothing doubled.
//!
//! ```text
//! SQS ──> Receiver ×N ══bounded channel══> Worker ×M ──> Handler (MysqlStore) ──> MySQL
//!             │ opens lease                    │ Settlement
//!             v                                v
//!           Leases <────── closes ───────── Acker ──> SQS  delete / change visibility / dead letter
//!             ^────── what is due? ─────── Heartbeat ──> SQS  change visibility
//! ```
//!
//! Messages move one way. A [`Delivery`](delivery::Delivery) cannot be copied and is consumed by
//! its settlement; it is deleted only after the handler said that it took effect for good. While
//! the handler is away, the breaker keeps receivers from receiving and workers hold what they have.
//! At the end receivers stop, and every later stage ends when its input does.
//!
//! The modules, in the order of the flow: [`pipeline`] puts them together; [`queue`] is the port to
//! SQS; `polls`, `capacity` and a `gate` with a `breaker` in it say when a `receiver` may poll; [`lease`] knows what is
//! held; a `channel` leads to the workers; a `worker` hands batches to the [`handler`], of which [`store`] is the built-in one;
//! `blame` finds out whose fault a refusal is, and a `trial_poll` brings a message to try work with; `acker` and `settler` tell the queue, and `trouble` knows which calls to it fail; `heartbeat` extends; [`stats`] counts and `progress` tells;
//! a `stage` notices tasks that fail, and [`watchdog`] a runtime that does. [`metrics`] measures
//! around queue and handler, `spans` traces there, [`monitor`] sees all of it, [`admin`] shows it, and `pause` is the one
//! thing that it may tell the rest.
//!
//! Beside the flow, [`doctor`] checks queue and database before a consumer is let loose on them,
//! [`start`] waits at the start for what is away, [`failure`] says with which exit code it ends,
//! [`dlq`] is what an operator does with dead letters, and [`trace`] finds out where a message is.
//!
//! To build a job of your own, implement [`handler::Handler`] and give it to [`pipeline::run`]. To
//! have it watched, too:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use consumer::{admin::Admin, handler::Handler, pipeline::{Pipeline, Settings}, queue::Queue};
//! # async fn run<Q: Queue, H: Handler>(queue: Arc<Q>, handler: Arc<H>, settings: Settings)
//! #     -> Result<(), Box<dyn std::error::Error>> {
//! let admin = Admin::bind(consumer::admin::DEFAULT).await?;
//! let pipeline = Pipeline::start(queue, handler, settings);
//! let server = admin.serve(pipeline.monitor());
//! let report = pipeline.until(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! server.end().await;
//! # drop(report);
//! # Ok(())
//! # }
//! ```

pub mod admin;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod dlq;
pub mod doctor;
pub mod failure;
pub mod handler;
pub mod lease;
pub mod metrics;
pub mod monitor;
pub mod pipeline;
pub mod queue;
pub mod start;
pub mod stats;
pub mod store;
pub mod trace;
pub mod watchdog;

mod acker;
mod blame;
mod breaker;
mod capacity;
mod channel;
mod dead_letter;
mod failpoint;
mod gate;
mod heartbeat;
mod name;
mod pause;
mod polls;
mod progress;
mod receiver;
mod settler;
mod spans;
mod stage;
mod trial_poll;
mod trouble;
mod worker;

pub use stage::Broken;
pub use worker::BatchLimits;
