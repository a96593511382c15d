//! What must be so before a poll: no pause, work that succeeds, and a queue that lets go of what is done.

use std::sync::Arc;

use shared::limits::MAX_BATCH;

use super::pause::Pause;
use super::trial_poll::{TrialPoll, TrialPolls};
use crate::breaker::{Breaker, GivenUp};

/// Between receivers and the queue.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) pause: Arc<Pause>,
    /// Open while the handler's work cannot succeed.
    pub(crate) breaker: Arc<Breaker>,
    /// Open while nothing can be deleted.
    pub(crate) deletes: Arc<Breaker>,
    pub(crate) trials: Arc<TrialPolls>,
}

/// The right to one poll.
#[derive(Debug)]
pub(crate) struct Pass {
    /// Whether it is for one message, with which work is tried.
    trial: Option<TrialPoll>,
}

impl Pass {
    /// How many messages it is for at the most.
    pub(crate) fn most(&self) -> usize {
        if self.trial.is_some() { 1 } else { MAX_BATCH }
    }
}

impl Gate {
    /// Waits until nothing is in the way of a poll.
    ///
    /// # Errors
    /// Where the process is ending and work still cannot succeed.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn pass(&self) -> Result<Pass, GivenUp> {
        loop {
            self.pause.ended().await;
            self.deletes.closed().await?;
            let pass = tokio::select! {
                biased;
                closed = self.breaker.closed() => closed.map(|()| Pass { trial: None })?,
                one = self.trials.next() => Pass { trial: Some(one) },
            };
            // The breaker may have taken its time.
            if !self.pause.is_paused() && self.deletes.is_open().is_none() {
                return Ok(pass);
            }
        }
    }
}
