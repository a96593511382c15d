//! The port to the work itself: a batch goes in, a verdict for each message comes out.

use std::fmt::Display;

use crate::delivery::Delivery;
use crate::metrics::Snapshot;

/// Does the work on messages. The built-in one is [`MysqlStore`](crate::store::MysqlStore).
///
/// A message may be handed over more than once (SQS redelivers), so handling must be idempotent
/// by `message.id`. What has not come to an end after 5 minutes is dropped, and handed over again.
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch; the verdicts are in the batch's order, one for each delivery.
    ///
    /// While one of them is [`Verdict::Away`], nothing more is received, and what got that verdict
    /// is handed over again, one message at a time, until one gets another.
    fn handle(&self, batch: &[Delivery]) -> impl Future<Output = Vec<Verdict>> + Send;

    /// Looks, at the least cost and without storing anything, whether the connection works.
    /// It cannot know whether work would succeed: only work does.
    ///
    /// # Errors
    /// Where it does not work.
    ///
    /// # Cancel safety
    /// Safe.
    fn look(&self) -> impl Future<Output = Result<(), Away>> + Send {
        async { Ok(()) }
    }

    /// Asked before messages are blamed for a refusal: whether what was taken before would be
    /// taken now. Nothing of it stays.
    fn witness(&self) -> impl Future<Output = Witness> + Send {
        async { Witness::Absent }
    }

    /// An operator says that things are meant to be as they are now: what a [`witness`](Self::witness)
    /// compares with how things were, it compares with this from now on.
    fn accept(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// What its database takes, for whoever watches; `None`: it has none, or does not say.
    fn backend(&self) -> Option<Backend> {
        None
    }
}

/// What a handler's database takes, at one moment.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its connections.
    pub connections: Connections,
    /// Statements that stored messages, in microseconds each.
    pub inserts: Snapshot,
    /// Messages whose statement was tried again in place, because others were in the way.
    pub contended: u64,
    /// The reasons that it may give in a [`Rejection`], as far as it knows them.
    pub reasons: &'static [&'static str],
}

/// Connections to a database, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// At the most.
    pub limit: usize,
    /// Open.
    pub size: usize,
    /// Among those, on loan.
    pub in_use: usize,
    /// Tasks that wait for one.
    pub waiting: usize,
}

/// What the handler says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It took effect for good.
    Done,
    /// It had taken effect before.
    Duplicate,
    /// It failed this time; a later try may succeed.
    Retry(Rejection),
    /// It can never succeed.
    Reject(Rejection),
    /// It could not be tried, or nobody knows how that ended: it is kept, and tried again.
    Away(Away),
}

/// What is known of others where messages are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// What was taken before would be taken now: the messages are at fault.
    Taken,
    /// It would not, or things are not as they were: the messages may be innocent.
    Refused(Away),
    /// Nothing was ever taken that could be tried.
    Absent,
}

/// Why a message was not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A word to count and to filter by, such as `data-error`.
    pub reason: &'static str,
    /// In the words of whoever refused it. May quote the body: never logged as it is.
    pub error: String,
}

/// Work is impossible for now, and not because of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Away {
    /// Whether it will hardly pass by itself: a missing table, a lacking right.
    pub needs_help: bool,
    /// In the words of whoever failed. It is logged and shown: never the text of a message.
    pub error: String,
    /// Whether it is only in doubt, so that other messages are to be tried as well.
    pub(crate) in_doubt: bool,
}

impl Away {
    /// It should pass by itself.
    pub fn passing(error: impl Display) -> Self {
        Self { needs_help: false, error: error.to_string(), in_doubt: false }
    }

    /// It needs somebody's help.
    pub fn needs_help(error: impl Display) -> Self {
        Self { needs_help: true, ..Self::passing(error) }
    }

    /// As [`needs_help`](Self::needs_help), unless another message can be handled.
    pub(crate) fn in_doubt(error: impl Display) -> Self {
        Self { in_doubt: true, ..Self::needs_help(error) }
    }
}
