//! A handler that calls a job for each message.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use shared::backoff::Backoff;
use tokio::time::sleep;

use super::{Context, Fail, Job, Outcome};
use crate::delivery::Delivery;
use crate::handler::{Backend, Handler, Sequence, Watched};
use crate::stats::Counter;
use crate::verdict::{Unavailable, Verdict};
use crate::work::caught;

/// Calls of a job for one receive, where others are in its way.
const TRIES: u32 = 4;
/// Between two of them, drawn evenly from zero.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(125), most: Duration::from_millis(500) };
/// A shorter pause lets nobody finish.
const MIN_PAUSE: Duration = Duration::from_millis(20);

/// Calls `J` for each message, with arguments `A` and the state `S`. The messages of a batch are
/// worked on side by side, and each has a verdict of its own: a panic is its message's alone.
pub struct JobHandler<S, A, J> {
    name: String,
    job: J,
    state: S,
    watched: Option<Arc<dyn Watched>>,
    /// Calls that were repeated, because others were in the way.
    contended: Counter,
    arguments: PhantomData<fn() -> A>,
}

impl<S, A, J: Job<S, A>> JobHandler<S, A, J> {
    /// Calls `job` for each message. Each argument [`State<S>`](super::State) is a clone of `state`.
    pub fn new(job: J, state: S) -> Self {
        let (watched, contended) = (job.watched(&state), Counter::default());
        Self { name: String::new(), job, state, watched, contended, arguments: PhantomData }
    }

    /// Names the job. What it did for a message is remembered under this name, so the name has to
    /// stay when queue or function get another one.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl<S, A, J> JobHandler<S, A, J>
where
    S: Send + Sync + 'static,
    A: 'static,
    J: Job<S, A>,
{
    async fn handle_one(&self, delivery: &Delivery) -> Verdict {
        caught(self.call(delivery)).await.unwrap_or_else(Verdict::panicked)
    }

    /// Calls the job, and calls it again while others are in its way.
    async fn call(&self, delivery: &Delivery) -> Verdict {
        let mut attempt = 1;
        loop {
            let mut context = Context::new(&self.name, delivery, attempt);
            let outcome = self.job.call(&mut context, &self.state).await;
            match context.conclude(outcome).await {
                Outcome::Done => return Verdict::Done,
                Outcome::Duplicate => return Verdict::Duplicate,
                Outcome::Failed(fail) => return fail.into_verdict(),
                Outcome::Contended(error) if attempt == TRIES => {
                    return Fail::retry("contended", error).into_verdict();
                }
                Outcome::Contended(_) => {
                    self.contended.add(1);
                    sleep(BACKOFF.delay(attempt).max(MIN_PAUSE)).await;
                }
            }
            attempt += 1;
        }
    }
}

impl<S, A, J> Handler for JobHandler<S, A, J>
where
    S: Send + Sync + 'static,
    A: 'static,
    J: Job<S, A>,
{
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        match batch {
            [delivery] => vec![self.handle_one(delivery).await],
            _ => join_all(batch.iter().map(|delivery| self.handle_one(delivery))).await,
        }
    }

    fn sequence(&self) -> Sequence {
        if self.job.is_once() { Sequence::AfterEffect } else { Sequence::AfterDelete }
    }

    async fn look(&self) -> Result<(), Unavailable> {
        match &self.watched {
            Some(watched) => watched.look().await,
            None => Ok(()),
        }
    }

    fn backend(&self) -> Option<Backend> {
        let backend = self.watched.as_ref()?.backend();
        Some(Backend { contended: self.contended.get(), ..backend })
    }
}

impl<S, A, J> fmt::Debug for JobHandler<S, A, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandler").finish_non_exhaustive()
    }
}
