//! Plays a schedule, heals everything, and drains the queue.

use std::sync::Arc;
use std::time::Duration;

use shared::message::Message;
use tokio::time::{Instant, timeout_at};

use super::check::{self, RECEIVES};
use super::step::Step;
use crate::handler::Handler;
use crate::settings::Settings;
use crate::testing::checker::Sent;
use crate::testing::fake::FakeQueue;
use crate::testing::message;
use crate::testing::observed::{Notes, Observed};
use crate::testing::progress::Progress;
use crate::testing::queue::each_by_itself;
use crate::testing::run::Run;

pub(super) struct Play<'a, H> {
    handler: Arc<H>,
    body: &'a dyn Fn(u64) -> String,
    settings: Settings,
    notes: Notes,
    queue: FakeQueue,
    sent: Vec<Message>,
    run: Option<Run>,
}

impl<'a, H: Handler> Play<'a, H> {
    pub(super) fn new(handler: H, body: &'a dyn Fn(u64) -> String) -> Self {
        let settings = Settings {
            receivers: 4,
            max_in_flight: 30,
            visibility_timeout: Duration::from_secs(10),
            wait_time: Duration::from_secs(4),
            shutdown_grace: Duration::from_secs(8),
            ..each_by_itself()
        };
        let notes = Notes::default();
        let queue = FakeQueue::new(&settings, Arc::new(notes.clone()));
        queue.give_up_after(Some(RECEIVES));
        let (handler, sent) = (Arc::new(handler), Vec::new());
        Self { handler, body, settings, notes, queue, sent, run: None }
    }

    /// Plays the steps, heals everything, drains the queue, and checks what is left.
    pub(super) async fn all(mut self, steps: &[Step]) {
        self.run = Some(self.start());
        for step in steps {
            self.step(step).await;
        }
        self.queue.heal();
        self.drain().await;
        let sent: Vec<_> = self.sent.iter().map(Sent::from).collect();
        check::check(&sent, &self.notes, &self.queue);
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Send(count) => (0..*count).for_each(|_| self.send_next()),
            Step::SendAgain => self.sent.last().cloned().into_iter().for_each(|last| self.send(last)),
            Step::Expire => self.queue.expire(),
            Step::Steal(count) => drop(self.queue.steal(*count)),
            Step::QueueAway(operation, time) => self.queue.away_for(&[*operation], *time),
            Step::Trouble(operation, trouble) => self.queue.trouble(*operation, trouble.clone()),
            Step::Restart => self.end(true).await,
            Step::Crash => self.end(false).await,
            Step::CrashAfterEffect => self.notes.crash(),
            Step::Wait(time) => self.wait(*time).await,
        }
    }

    fn send_next(&mut self) {
        let number = self.sent.len() as u64;
        self.send(message((self.body)(number)).id(&format!("m-{number}")).receive_count(0).build());
    }

    fn send(&mut self, message: Message) {
        self.queue.send(message.clone());
        self.sent.push(message);
    }

    /// Lets time pass; a process that is to be killed meanwhile is, and another one takes its place.
    async fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let notes = self.notes.clone();
        while timeout_at(end, notes.crashed()).await.is_ok() {
            self.end(false).await;
        }
    }

    /// Waits until the queue is empty, and ends the process.
    async fn drain(&mut self) {
        let mut progress = Progress::new();
        while !self.queue.is_empty() {
            progress.look(&self.queue, &self.notes);
            self.wait(progress.pause()).await;
        }
        if let Some(run) = self.run.take() {
            run.stop().await;
        }
    }

    /// Ends the process, by a drain or on the spot, and starts another one.
    async fn end(&mut self, drains: bool) {
        if let Some(run) = self.run.take() {
            if drains { drop(run.stop().await) } else { run.crash().await }
        }
        self.run = Some(self.start());
    }

    fn start(&self) -> Run {
        Observed::start(&self.handler, &self.notes, &self.queue, self.settings)
    }
}
