//! Shows on real parts that nothing is lost and nothing doubled: a real LocalStack, a real
//! database, the real programs, killed with real signals.
//!
//! - [`env`]: a fresh queue, dead-letter queue and database
//! - [`process`]: a sender or consumer that runs
//! - [`browser`]: a browser that looks at pages
//! - [`reconciliation`]: what was sent against what is there
//! - [`fleet`]: consumers side by side
//! - [`seats`]: a job with a transaction, as a user would write it
//! - [`elasticmq`]: an emulator of SQS beside LocalStack
//! - [`server`]: the database server as a process
//! - [`spare`]: database servers of one's own
//! - [`tickets`]: the ticket office among the examples, while things break
//! - [`chaos`]: breaks all of these while messages flow
//!
//! Everything here fails with a panic or an `anyhow` error: it is only ever run to find out.

#![allow(clippy::missing_errors_doc, reason = "everything here fails alike, as said above")]

pub mod browser;
pub mod chaos;
pub mod elasticmq;
pub mod fleet;
pub mod process;
pub mod reconciliation;
pub mod seats;
pub mod server;
pub mod spare;
pub mod test_env;
pub mod tickets;
