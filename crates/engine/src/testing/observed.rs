//! Stands between the pipeline and the handler of a test, and notes what the handler says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use shared::message::{DedupId, Message};
use tokio::sync::Notify;

use super::checker::Sent;
use super::fake::{Effects, FakeQueue};
use super::run::Run;
use crate::delivery::Delivery;
use crate::handler::{Backend, Handler, Sequence};
use crate::settings::Settings;
use crate::verdict::{Unavailable, Verdict, Witness};

/// What the handler said of each message. Copies are the same notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    said: Mutex<Said>,
    crash: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) of: HashMap<DedupId, About>,
    pub(super) effects: Vec<Sent>,
    pub(super) done: usize,
    pub(super) duplicates: usize,
    pub(super) retried: usize,
    /// Verdicts that say more than that it could not be tried.
    pub(super) answered: usize,
    /// So many times a batch is handled, and nobody is told.
    crashes: usize,
}

/// What was said of one id.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) begun: usize,
    pub(super) ended: usize,
    pub(super) done: usize,
    pub(super) duplicates: usize,
    /// Retried or rejected: it may be set aside.
    pub(super) failed: usize,
    pub(super) last: Option<Verdict>,
}

impl Notes {
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.0.said.lock().expect("nobody panics while holding the notes")
    }

    /// After the next batch that is handled the process is to be killed.
    pub(super) fn crash(&self) {
        self.said().crashes += 1;
    }

    /// Ends when the process is to be killed.
    pub(super) async fn crashed(&self) {
        self.0.crash.notified().await;
    }

    fn begin(&self, batch: &[Delivery]) {
        let mut said = self.said();
        for delivery in batch {
            said.of.entry(delivery.message.id).or_default().begun += 1;
        }
    }

    /// Returns whether the process is to be killed now.
    fn end(&self, batch: &[Delivery], verdicts: &[Verdict]) -> bool {
        let mut said = self.said();
        for (delivery, verdict) in batch.iter().zip(verdicts) {
            said.add(&delivery.message, verdict);
        }
        let crashes = said.crashes > 0;
        said.crashes = said.crashes.saturating_sub(1);
        crashes
    }
}

impl Said {
    fn add(&mut self, message: &Message, verdict: &Verdict) {
        let about = self.of.entry(message.id).or_default();
        about.ended += 1;
        self.answered += usize::from(!matches!(verdict, Verdict::Unavailable(_)));
        about.last = Some(verdict.clone());
        match verdict {
            Verdict::Done => (about.done, self.done) = (about.done + 1, self.done + 1),
            Verdict::Duplicate => {
                (about.duplicates, self.duplicates) = (about.duplicates + 1, self.duplicates + 1);
            }
            Verdict::Retry(..) => (about.failed, self.retried) = (about.failed + 1, self.retried + 1),
            Verdict::Reject(_) => about.failed += 1,
            Verdict::Filtered | Verdict::Behind | Verdict::Unavailable(_) => {}
        }
        if matches!(verdict, Verdict::Done | Verdict::Duplicate) {
            self.effects.push(message.into());
        }
    }
}

impl Effects for Notes {
    fn took_effect(&self, message: &Message) -> bool {
        self.said().effects.contains(&message.into())
    }
}

/// The handler of a test, and the notes of what it says.
#[derive(Debug)]
pub(super) struct Observed<H> {
    handler: Arc<H>,
    notes: Notes,
}

impl<H: Handler> Observed<H> {
    /// Starts a pipeline whose handler this is.
    pub(super) fn start(handler: &Arc<H>, notes: &Notes, queue: &FakeQueue, settings: Settings) -> Run {
        let observed = Self { handler: handler.clone(), notes: notes.clone() };
        Run::start(queue.clone(), observed, settings)
    }
}

impl<H: Handler> Handler for Observed<H> {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        self.notes.begin(batch);
        let verdicts = self.handler.handle(batch).await;
        if self.notes.end(batch, &verdicts) {
            self.notes.0.crash.notify_one();
            std::future::pending::<()>().await;
        }
        verdicts
    }

    fn sequence(&self) -> Sequence {
        self.handler.sequence()
    }

    async fn look(&self) -> Result<(), Unavailable> {
        self.handler.look().await
    }

    async fn witness(&self) -> Witness {
        self.handler.witness().await
    }

    async fn accept(&self) {
        self.handler.accept().await;
    }

    fn backend(&self) -> Option<Backend> {
        self.handler.backend()
    }
}
