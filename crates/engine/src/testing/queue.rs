//! A queue that a test fills, and empties with the real pipeline in virtual time.

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use shared::message::Message;
use tokio::time::{Instant, sleep};

use super::drained::{DeadLetter, Drained};
use super::fake::FakeQueue;
use super::job::NAME;
use super::message::message;
use super::observed::{Notes, Observed};
use super::progress::Progress;
use super::run::Run;
use crate::batch::BatchLimits;
use crate::handler::Handler;
use crate::job::{Job, JobHandler};
use crate::settings::Settings;

/// Receives of a message, unless the test says otherwise.
const RECEIVES: u32 = 5;

/// A queue for tests of a job or a handler: it is filled, and emptied by the real pipeline.
///
/// Nothing waits for real, as the clock of the test jumps to the next timer. So the test needs
/// `#[tokio::test(start_paused = true)]`, and a job that does no real I/O; for one that does there is
/// [`call`](super::call).
#[derive(Debug)]
pub struct TestQueue<H> {
    handler: Arc<H>,
    settings: Settings,
    notes: Notes,
    queue: FakeQueue,
    sent: Mutex<Vec<Redelivery>>,
}

/// What was sent, and how often it is to come again.
#[derive(Debug)]
struct Redelivery {
    message: Message,
    again: u32,
}

impl<S, A, J> TestQueue<JobHandler<S, A, J>>
where
    S: Send + Sync + 'static,
    A: 'static,
    J: Job<S, A>,
{
    /// An empty queue for a job with its state. The job is called `test`; one with a name of its own is
    /// given to [`of`](TestQueue::of) as `JobHandler::new(job, state).named("…")`.
    pub fn new(state: S, job: J) -> Self {
        Self::with(JobHandler::new(job, state).named(NAME), each_by_itself())
    }
}

impl<H: Handler> TestQueue<H> {
    /// An empty queue for a handler. It sets a message aside after 5 receives.
    pub fn of(handler: H) -> Self {
        Self::with(handler, Settings::default())
    }

    /// An empty queue for a handler in a pipeline with these settings.
    pub fn with(handler: H, settings: Settings) -> Self {
        let notes = Notes::default();
        let queue = FakeQueue::new(&settings, Arc::new(notes.clone()));
        queue.give_up_after(Some(RECEIVES));
        Self { handler: Arc::new(handler), settings, notes, queue, sent: Mutex::default() }
    }

    /// Sets a message aside after so many receives, 1 or more, as a redrive policy says.
    #[must_use]
    pub fn dead_letter_after(self, receives: u32) -> Self {
        self.queue.give_up_after(Some(receives.max(1)));
        self
    }

    /// Sends a value as JSON.
    ///
    /// # Panics
    /// Where the value cannot be written as JSON.
    pub fn send(&self, value: &impl Serialize) -> &Self {
        let body = serde_json::to_string(value);
        self.send_raw(body.unwrap_or_else(|error| panic!("the message cannot be written as JSON: {error}")))
    }

    /// Sends a text as it is.
    pub fn send_raw(&self, body: impl Into<String>) -> &Self {
        self.send_message(message(body).receive_count(0))
    }

    /// Sends a message with an id, a group or attributes of its own. Sent with the id of another one,
    /// it is what a sender does that got no answer: the same work twice.
    pub fn send_message(&self, message: impl Into<Message>) -> &Self {
        let message = message.into();
        self.queue.send(message.clone());
        self.sent().push(Redelivery { message, again: 0 });
        self
    }

    /// Delivers the last message again once it is settled, as SQS may.
    ///
    /// # Panics
    /// Where nothing was sent.
    pub fn redeliver(&self) -> &Self {
        self.sent().last_mut().expect("send a message before it is redelivered").again += 1;
        self
    }

    /// Kills the worker once: after the job has handled the next message or batch, and before the queue
    /// hears of it. The messages come again when their lease has run out.
    pub fn crash(&self) -> &Self {
        self.notes.crash();
        self
    }

    /// The queue below, for troubles of its own.
    pub fn queue(&self) -> &FakeQueue {
        &self.queue
    }

    /// Runs the pipeline until no message is left, and says what became of all that were sent.
    ///
    /// # Panics
    /// Where messages are left and nothing changes for two hours of virtual time, where one was deleted before it took effect,
    /// where the pipeline itself fails, and where the clock of the test is not paused.
    pub async fn drained(&self) -> Drained {
        assert_paused();
        self.empty().await;
        while self.redeliver_next() {
            self.empty().await;
        }
        let early = self.queue.deleted_early();
        assert!(early.is_empty(), "deleted from the queue before they took effect: {early:?}");
        let said = self.notes.said();
        let (done, duplicates, retried) = (said.done, said.duplicates, said.retried);
        let dead_letters = self.queue.dead_letters().into_iter().map(DeadLetter::from).collect();
        Drained { done, duplicates, retried, dead_letters }
    }

    /// Puts each message back that is to come again; returns whether there was one.
    fn redeliver_next(&self) -> bool {
        let mut sent = self.sent();
        let again = sent.iter_mut().filter(|sent| sent.again > 0);
        let again = again.map(|sent| {
            sent.again -= 1;
            sent.message.receive_count += 1;
            self.queue.send(sent.message.clone());
        });
        again.count() > 0
    }

    /// Runs until the queue is empty, in a new process after each crash.
    async fn empty(&self) {
        while !self.queue.is_empty() {
            let run = self.start();
            tokio::select! {
                () = self.until_empty() => drop(run.stop().await),
                () = self.notes.crashed() => run.crash().await,
            }
        }
    }

    fn start(&self) -> Run {
        Observed::start(&self.handler, &self.notes, &self.queue, self.settings)
    }

    async fn until_empty(&self) {
        let mut progress = Progress::new();
        while !self.queue.is_empty() {
            progress.look(&self.queue, &self.notes);
            sleep(progress.pause()).await;
        }
    }

    fn sent(&self) -> MutexGuard<'_, Vec<Redelivery>> {
        self.sent.lock().expect("nobody panics while holding what was sent")
    }
}

/// As a worker handles jobs: each message by itself, several side by side.
pub(super) fn each_by_itself() -> Settings {
    let settings = Settings::default();
    Settings { workers: 16, batch: BatchLimits { rows: 1, ..settings.batch }, ..settings }
}

/// A paused clock stands still while a thread sleeps, and any other goes on.
fn assert_paused() {
    let before = Instant::now();
    thread::sleep(Duration::from_millis(1));
    assert!(
        Instant::now() == before,
        "a TestQueue needs a clock that is paused: write #[tokio::test(start_paused = true)]"
    );
}
