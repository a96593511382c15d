//! The port to the work itself: a batch goes in, a verdict for each message comes out.

use futures_util::future::BoxFuture;

use crate::delivery::Delivery;
use crate::histogram::Snapshot;
use crate::verdict::{Unavailable, Verdict, Witness};

/// Does the work on messages.
///
/// A message may be handed over more than once (SQS redelivers), so handling must be idempotent
/// by `message.id`. A handler that panics or takes longer than
/// [`handler_timeout`](crate::settings::Settings::handler_timeout) costs one message: a larger batch is
/// handed over again, one message at a time, and the one that makes it fail is retried later.
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch; the verdicts are in the batch's order, one for each delivery.
    ///
    /// While one of them is [`Verdict::Unavailable`], nothing more is received, and what got that verdict
    /// is handed over again, one message at a time, until one gets another.
    fn handle(&self, batch: &[Delivery]) -> impl Future<Output = Vec<Verdict>> + Send;

    /// Says when the next message of a group may begin, on a queue whose groups have an order.
    fn sequence(&self) -> Sequence {
        Sequence::AfterDelete
    }

    /// Looks, at the least cost and without storing anything, whether the connection works.
    /// It cannot know whether work would succeed: only work does.
    ///
    /// # Errors
    /// Where it does not work.
    ///
    /// # Cancel safety
    /// Safe.
    fn look(&self) -> impl Future<Output = Result<(), Unavailable>> + Send {
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

/// When the next message of a group may begin, where groups have an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sequence {
    /// Once the delete of the one before it was answered. Until then that one may be handed out again,
    /// and take effect again after the next.
    #[default]
    AfterDelete,
    /// Once the one before it took effect, as a repetition of it has no effect.
    AfterEffect,
    /// As `AfterEffect`; and a batch may hold several messages of a group, in their order. The handler lets
    /// them take effect in that order, and says [`Verdict::Behind`] of those behind one that failed.
    InBatches,
}

/// What a part of a handler works with, such as the database of a job's transaction.
pub trait Watched: Send + Sync + 'static {
    /// Looks, at the least cost and without storing anything, whether it works.
    ///
    /// # Errors
    /// Where it does not work.
    ///
    /// # Cancel safety
    /// Safe.
    fn look(&self) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// Says what it takes at this moment. Its `contended` is not read: the handler counts the calls
    /// that it repeats.
    fn backend(&self) -> Backend;
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
    /// The reasons that it may give in a [`Rejection`](crate::verdict::Rejection), as far as it knows them.
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
