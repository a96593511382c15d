//! The admin server: a page for people, metrics and health for machines, and a switch to pause.
//!
//! ```text
//! GET  /           a page that shows at a glance how things are
//! GET  /livez      200 while polling moves on, else 503: a restart would help
//! GET  /readyz     200 while work can be done and settled, else 503; also while it starts
//! GET  /metrics    Prometheus's text format; the names are in `metrics::names`
//! GET  /status     everything, as JSON
//! POST /pause      stops receiving; what was received is finished
//! POST /resume     receives again
//! POST /accept-rejects  rejects what is held because it is not certain that it is at fault
//! PUT  /log-level  the body is error, warn, info, debug or trace, or what else the program takes for it
//! ```
//!
//! Where [several runs are shown](Server::show_all), checks have the queue's name and a slash before
//! their own, metrics have a label `queue`, `/status` has the runs under `queues`, and what is posted
//! acts on all of them, or on those that are named as in `/pause?queue=orders`.
//!
//! It only looks at the pipeline and never waits for it, nor the pipeline for it. Whatever changes
//! something is open to programs of this machine, or to whoever knows the token.

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
