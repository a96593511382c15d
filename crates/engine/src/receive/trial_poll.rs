//! While work cannot succeed and nothing is held to try it with, one message is received for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::backoff::Backoff;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;

use crate::breaker::Breaker;
use crate::handler::Handler;
use crate::lease::ledger::Leases;

/// Between two looks at what is held.
const LOOK: Duration = Duration::from_millis(100);
/// Between two looks at a handler's connection that does not work.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(3) };

/// Polls for one message each.
#[derive(Debug)]
pub(crate) struct TrialPolls {
    wanted: Semaphore,
    ended: Notify,
}

/// The right to one of them. Dropped when its answer was passed on.
#[derive(Debug)]
pub(crate) struct TrialPoll(Arc<TrialPolls>);

/// Decides when one is wanted.
#[derive(Debug)]
pub(crate) struct TrialKeeper<H> {
    pub(crate) handler: Arc<H>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) polls: Arc<TrialPolls>,
    /// Deliveries that wait for a worker.
    pub(crate) waiting: Arc<AtomicUsize>,
}

impl TrialPolls {
    /// None is wanted.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { wanted: Semaphore::new(0), ended: Notify::new() })
    }

    /// Waits until one is wanted.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn next(self: &Arc<Self>) -> TrialPoll {
        let permit = self.wanted.acquire().await;
        permit.expect("the semaphore is never closed").forget();
        TrialPoll(self.clone())
    }

    /// Has one made, and waits for its end, or until work succeeds without it.
    async fn want_one(&self, breaker: &Breaker) {
        self.wanted.add_permits(1);
        tokio::select! {
            () = self.ended.notified() => {}
            _ = breaker.closed() => drop(self.wanted.forget_permits(1)),
        }
    }
}

impl Drop for TrialPoll {
    fn drop(&mut self) {
        self.0.ended.notify_one();
    }
}

impl<H: Handler> TrialKeeper<H> {
    /// Keeps watch until dropped.
    pub(crate) async fn run(self) {
        let mut failures = 0;
        loop {
            self.breaker.opens().await;
            sleep(LOOK).await;
            match self.wants_one().await {
                Ok(true) => self.polls.want_one(&self.breaker).await,
                Ok(false) => failures = 0,
                Err(()) => {
                    failures += 1;
                    sleep(BACKOFF.delay(failures)).await;
                }
            }
        }
    }

    /// Whether there is nothing else to try work with, and some hope for it.
    async fn wants_one(&self) -> Result<bool, ()> {
        let Some(outage) = self.breaker.is_open() else { return Ok(false) };
        if outage.away.in_doubt {
            return Ok(self.waiting.load(Ordering::Relaxed) == 0);
        }
        if self.leases.held() > 0 {
            return Ok(false);
        }
        self.handler.look().await.map(|()| true).map_err(|away| self.breaker.open(&away))
    }
}
