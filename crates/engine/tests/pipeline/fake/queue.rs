//! The queue that tests fill, trouble and look at; copies are the same queue.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use acquit_engine::settings::Settings;
use shared::message::{Message, Receipt};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::call::Log;
use super::message_store::MessageStore;
use super::script::Script;
use super::{Call, FakeStore, Letter, Operation, Trouble};

/// A queue as SQS is, in memory.
#[derive(Clone, Debug)]
pub(crate) struct FakeQueue(pub(super) Arc<Inner>);

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
    store: FakeStore,
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
    pub(crate) fn new(settings: &Settings, store: FakeStore) -> Self {
        Self(Arc::new(Inner {
            wait: settings.wait_time,
            visibility: settings.visibility_timeout,
            message_store: Mutex::default(),
            script: Mutex::default(),
            log: Log::default(),
            news: Notify::new(),
            polls: PollLimiter::default(),
            store,
            early: Mutex::default(),
        }))
    }

    pub(super) fn message_store(&self) -> MutexGuard<'_, MessageStore> {
        self.0.message_store.lock().expect("no test panics here")
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().expect("no test panics here")
    }

    pub(crate) fn send(&self, message: Message) {
        self.message_store().put(message);
        self.0.news.notify_waiters();
    }

    pub(crate) fn give_up_after(&self, receives: Option<u32>) {
        self.message_store().most_receives = receives;
    }

    /// All visibility timeouts end now.
    pub(crate) fn expire(&self) {
        self.message_store().expire();
        self.0.news.notify_waiters();
    }

    /// Another consumer receives messages and is never heard of again.
    pub(crate) fn steal(&self, most: usize) -> usize {
        self.message_store().take(most, false, self.0.visibility).len()
    }

    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.script().add(operation, trouble);
    }

    pub(crate) fn away_for(&self, operations: &[Operation], time: Duration) {
        for operation in operations {
            self.script().away_until(*operation, Instant::now() + time);
        }
    }

    pub(crate) fn heal(&self) {
        self.script().clear();
    }

    pub(crate) fn calls(&self, operation: Operation) -> Vec<Call> {
        self.0.log.of(operation)
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.message_store().letters.clone()
    }

    /// What is still there, with when it is visible.
    pub(crate) fn messages(&self) -> Vec<(Message, Instant)> {
        self.message_store().messages()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.message_store().len()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.message_store().most_in_flight
    }

    pub(crate) fn open_polls(&self) -> usize {
        self.0.polls.open.load(Relaxed)
    }

    /// The most that were open at once since the last time somebody asked.
    pub(crate) fn most_open_polls(&self) -> usize {
        self.0.polls.most.swap(self.open_polls(), Relaxed)
    }

    /// Polls whose answer nobody waited for.
    pub(crate) fn dropped_polls(&self) -> usize {
        self.0.polls.dropped.load(Relaxed)
    }

    /// What was deleted without being stored or set aside before.
    pub(crate) fn deleted_early(&self) -> Vec<Message> {
        self.0.early.lock().expect("no test panics here").clone()
    }

    /// Deletes, and notices whether that was too early.
    pub(super) fn remove(&self, receipt: &Receipt, message: &Message) {
        self.message_store().delete(receipt);
        let aside = self.letters().iter().any(|letter| letter.message.message_id == message.message_id);
        if !aside && !self.0.store.holds(message) {
            self.0.early.lock().expect("no test panics here").push(message.clone());
        }
    }
}
