//! What a relay stands between: rows that wait, and the queues that they are for.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use shared::error::ServiceError;

use crate::outgoing::Outgoing;
use crate::port::SendPort;

/// Rows that wait to be sent, in an order that all relays see alike.
pub trait Outbox: Send + Sync + 'static {
    /// Keeps what was claimed from other relays until it is confirmed. Dropped, it gives all back.
    type Hold: Send;

    /// Takes rows that no other relay has, but for those of `except`. Of each group these are its first
    /// ones, in their order.
    ///
    /// # Errors
    /// Where the rows cannot be had.
    ///
    /// # Cancel safety
    /// Dropped, nothing is claimed.
    fn claim(&self, except: &Except) -> impl Future<Output = Result<Found<Self::Hold>, OutboxError>> + Send;

    /// Deletes the rows with these numbers, and gives the others back.
    ///
    /// # Errors
    /// Where that failed: all that was claimed may still be there, and be claimed again.
    fn confirm(&self, hold: Self::Hold, sent: &[u64])
    -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// How much waits.
    ///
    /// # Errors
    /// Where that cannot be found out.
    ///
    /// # Cancel safety
    /// Safe.
    fn depth(&self) -> impl Future<Output = Result<Depth, OutboxError>> + Send;

    /// Ends when something may have been published since this was called, as far as that is known.
    ///
    /// # Cancel safety
    /// Safe.
    fn published(&self) -> impl Future<Output = ()> + Send;
}

/// Where queues are found.
pub trait Queues: Send + Sync + 'static {
    /// A queue.
    type Port: SendPort;

    /// Opens the queue with this name or URL.
    ///
    /// # Errors
    /// Where it cannot be used.
    ///
    /// # Cancel safety
    /// Safe.
    fn open(&self, queue: &str) -> impl Future<Output = Result<Self::Port, ServiceError>> + Send;
}

/// What a look at the rows came to.
#[derive(Debug)]
pub enum Found<H> {
    /// These are to be sent.
    Rows {
        /// At least one.
        rows: Vec<Row>,
        /// Keeps them from others.
        hold: H,
    },
    /// All that wait are other relays' or excepted.
    Held,
    /// None wait.
    Nothing,
}

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place.
    pub seq: u64,
    /// A name or a URL.
    pub queue: Arc<str>,
    /// What it is in order with.
    pub group: Option<String>,
    /// The message, or why it is none.
    pub message: Result<Outgoing, &'static str>,
}

/// What is sent in order: a group of a queue, or a row that is in none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Of this queue, this group.
    Group(Arc<str>, String),
    /// This row.
    Row(u64),
}

impl Row {
    /// What it is in order with.
    pub fn lane(&self) -> Lane {
        Lane::of(self.seq, &self.queue, self.group.as_deref())
    }
}

impl Lane {
    /// Of a row.
    pub fn of(seq: u64, queue: &Arc<str>, group: Option<&str>) -> Self {
        group.map_or(Self::Row(seq), |group| Self::Group(queue.clone(), group.to_owned()))
    }
}

/// What is not to be claimed now.
#[derive(Clone, Debug, Default)]
pub struct Except {
    /// All of these queues.
    pub queues: HashSet<Arc<str>>,
    /// What is in order with a row that failed.
    pub lanes: HashSet<Lane>,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Rows, up to a limit of the outbox's.
    pub rows: u64,
    /// Since the first of them was published.
    pub oldest: Duration,
}

/// Rows could not be had or deleted.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct OutboxError {
    /// In words that may be logged.
    pub text: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// Whether time alone will hardly mend it.
    pub is_permanent: bool,
}

impl OutboxError {
    /// One that passes by itself.
    pub fn passing(text: impl fmt::Display) -> Self {
        let remedy = "check that the database runs, and DATABASE_URL";
        Self { text: text.to_string(), remedy, is_permanent: false }
    }
}
