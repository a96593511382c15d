//! The queue that tests fill, trouble and look at; copies are the same queue.

use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::message::{Message, Receipt};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::call::Log;
use super::message_store::MessageStore;
use super::script::Script;
use super::{Call, Operation, SetAside, Trouble};
use crate::settings::Settings;

/// What is known to have taken effect, by whoever sees it happen outside of the pipeline.
pub trait Effects: fmt::Debug + Send + Sync {
    /// Whether this message, with this body, took effect for good.
    fn took_effect(&self, message: &Message) -> bool;
}

/// A queue as SQS is, in memory. Copies are the same queue.
///
/// Times are those of Tokio's clock, which the test has to pause. A message is handed out with a new
/// receipt each time, comes back when its visibility timeout ends, and counts its receives.
#[derive(Clone, Debug)]
pub struct FakeQueue(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) wait: Duration,
    pub(super) visibility: Duration,
    pub(super) log: Log,
    pub(super) news: Notify,
    pub(super) polls: PollLimiter,
    message_store: Mutex<MessageStore>,
    script: Mutex<Script>,
    /// To notice a delete that comes too early.
    effects: Arc<dyn Effects>,
    early: Mutex<Vec<Message>>,
}

/// How many polls somebody waits for, and how many were given up.
#[derive(Debug, Default)]
pub(super) struct PollLimiter {
    pub(super) open: AtomicUsize,
    pub(super) most: AtomicUsize,
    pub(super) dropped: AtomicUsize,
}

impl FakeQueue {
    /// An empty queue with the polls and visibility timeouts of these settings. It gives no message up.
    pub fn new(settings: &Settings, effects: Arc<dyn Effects>) -> Self {
        Self(Arc::new(Inner {
            wait: settings.wait_time,
            visibility: settings.visibility_timeout,
            message_store: Mutex::default(),
            script: Mutex::default(),
            log: Log::default(),
            news: Notify::new(),
            polls: PollLimiter::default(),
            effects,
            early: Mutex::default(),
        }))
    }

    pub(super) fn message_store(&self) -> MutexGuard<'_, MessageStore> {
        self.0.message_store.lock().expect("no test panics here")
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().expect("no test panics here")
    }

    /// Makes it a FIFO queue: messages of one group are handed out in their order, and none while another
    /// one of its group is invisible.
    pub fn keep_order(&self) {
        self.message_store().is_fifo = true;
    }

    /// Puts a message on the queue, visible at once.
    pub fn send(&self, message: Message) {
        self.message_store().put(message);
        self.0.news.notify_waiters();
    }

    /// Moves a message to the dead-letter queue, as SQS does, instead of handing it out more often than
    /// this; `None`: never.
    pub fn give_up_after(&self, receives: Option<u32>) {
        self.message_store().most_receives = receives;
    }

    /// All visibility timeouts end now.
    pub fn expire(&self) {
        self.message_store().expire();
        self.0.news.notify_waiters();
    }

    /// Lets another consumer receive up to `most` messages, and never settle them. Returns how many.
    pub fn steal(&self, most: usize) -> usize {
        self.message_store().take(most, false, self.0.visibility).len()
    }

    /// The next call of this kind that has no trouble of its own gets this one.
    pub fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.script().add(operation, trouble);
    }

    /// All calls of these kinds fail for this long.
    pub fn away_for(&self, operations: &[Operation], time: Duration) {
        for operation in operations {
            self.script().away_until(*operation, Instant::now() + time);
        }
    }

    /// Ends all troubles, those to come as well.
    pub fn heal(&self) {
        self.script().clear();
    }

    /// All calls of one kind, in the order in which they began.
    pub fn calls(&self, operation: Operation) -> Vec<Call> {
        self.0.log.of(operation)
    }

    /// What went to the dead-letter queue, the oldest first.
    pub fn dead_letters(&self) -> Vec<SetAside> {
        self.message_store().set_aside.clone()
    }

    /// What is still there, with when it is visible.
    pub fn messages(&self) -> Vec<(Message, Instant)> {
        self.message_store().messages()
    }

    /// Whether no message is left, visible or not.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages are left, visible or not.
    pub fn len(&self) -> usize {
        self.message_store().len()
    }

    /// The most messages that were invisible at once.
    pub fn most_in_flight(&self) -> usize {
        self.message_store().most_in_flight
    }

    /// Polls whose answer somebody waits for now.
    pub fn open_polls(&self) -> usize {
        self.0.polls.open.load(Relaxed)
    }

    /// The most that were open at once since the last time somebody asked.
    pub fn most_open_polls(&self) -> usize {
        self.0.polls.most.swap(self.open_polls(), Relaxed)
    }

    /// Polls whose answer nobody waited for.
    pub fn dropped_polls(&self) -> usize {
        self.0.polls.dropped.load(Relaxed)
    }

    fn early(&self) -> MutexGuard<'_, Vec<Message>> {
        self.0.early.lock().expect("no test panics here")
    }

    /// What was deleted without having taken effect or been set aside before.
    pub fn deleted_early(&self) -> Vec<Message> {
        self.early().clone()
    }

    /// Deletes, and notices whether that was too early.
    pub(super) fn remove(&self, receipt: &Receipt, message: &Message) {
        self.message_store().delete(receipt);
        let aside = self.dead_letters().iter().any(|dead| dead.message.message_id == message.message_id);
        if !aside && !self.0.effects.took_effect(message) {
            self.early().push(message.clone());
        }
    }
}
