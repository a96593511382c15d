//! A message that was handed over, and who waits for it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::confirmation::Confirmation;
use super::error::SendError;
use super::metrics::Metrics;
use crate::outgoing::Outgoing;

/// A message that was handed over.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) message: Outgoing,
    pub(super) claim: Claim,
    /// It goes without company, as it may be the one for which SQS refuses a whole call.
    pub(super) is_suspect: bool,
    pub(super) since: Instant,
}

/// What somebody is owed who handed a message over.
#[derive(Debug)]
pub(super) struct Claim {
    reply: Option<oneshot::Sender<Result<(), SendError>>>,
    deadline: Option<Instant>,
    /// A call with the message was not answered.
    pub(super) may_be_there: bool,
    /// A call with the message is under way.
    pub(super) is_under_way: bool,
    metrics: Arc<Metrics>,
    _room: OwnedSemaphorePermit,
}

impl Submitted {
    pub(super) fn new(
        message: Outgoing,
        room: OwnedSemaphorePermit,
        deadline: Option<Instant>,
        metrics: &Arc<Metrics>,
    ) -> (Self, Confirmation) {
        let (reply, answer) = oneshot::channel();
        metrics.open();
        let claim = Claim {
            reply: Some(reply),
            deadline,
            may_be_there: false,
            is_under_way: false,
            metrics: metrics.clone(),
            _room: room,
        };
        let submitted = Self { message, claim, is_suspect: false, since: Instant::now() };
        (submitted, Confirmation(answer))
    }
}

impl Claim {
    /// Whether no other try is due.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The message is on the queue.
    pub(super) fn confirm(self) {
        self.answer(Ok(()));
    }

    /// The message is not tried again.
    pub(super) fn fail(self, error: SendError) {
        self.answer(Err(error));
    }

    fn answer(mut self, answer: Result<(), SendError>) {
        self.reply(answer);
    }

    fn reply(&mut self, answer: Result<(), SendError>) {
        let Some(reply) = self.reply.take() else { return };
        self.metrics.close(&answer);
        // Whoever asked may have left.
        let _ = reply.send(answer);
    }
}

/// Nobody tries any more.
impl Drop for Claim {
    fn drop(&mut self) {
        let may_be_there = self.may_be_there || self.is_under_way;
        self.reply(Err(SendError::given_up(may_be_there, "the producer has ended")));
    }
}
