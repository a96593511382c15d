//! The table `outbox`: messages that are sent if and only if the transaction that wrote them commits.

mod attributes;
mod connection;
mod publish;
mod rows;
mod search;

use tokio::sync::Notify;

pub use publish::{PublishError, publish, publish_raw};
pub use rows::MysqlOutbox;

/// Rung when something was committed.
static BELL: Notify = Notify::const_new();

/// Has the relays of this process look at once. A [`Tx`](crate::Tx) that published does so by itself.
pub fn wake() {
    BELL.notify_waiters();
}
