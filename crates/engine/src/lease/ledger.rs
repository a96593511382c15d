//! Who holds which message until when: opened at the receive, closed at the settlement.
//!
//! The time that counts is the one at which the receive was *sent*: SQS may have started the
//! clock at any moment after it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::capacity::Slots;
use shared::message::Receipt;

/// SQS takes a message back 12 h after its receive, whatever was asked for; we stop before.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const LONGEST: Duration = Duration::from_mins(11 * 60 + 30);
/// An extension by less is not worth a call.
const LEAST: Duration = Duration::from_secs(10);

/// All leases of this process.
#[derive(Debug)]
pub(crate) struct Leases {
    timeout: Duration,
    ledger: Mutex<Ledger>,
    extension_ended: Notify,
    /// How many of the open ones are of messages that are done.
    done: AtomicUsize,
}

#[derive(Debug, Default)]
struct Ledger {
    entries: HashMap<u64, Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    receipt: Receipt,
    opened: Instant,
    expires: Instant,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be extended when due.
    Held,
    /// An extension is under way.
    Extending,
    /// Not to be extended any more.
    Final,
}

/// The right to settle one delivery. Dropped, it is closed: no more extensions, room for another.
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Arc<Leases>,
    key: u64,
    receipt: Receipt,
    limit: Instant,
    is_done: bool,
    _slot: Slots,
}

/// An extension that is due. Dropped without an answer, as where its call panicked, it stays due.
#[derive(Debug)]
pub(crate) struct Due {
    leases: Arc<Leases>,
    key: u64,
    pub(crate) receipt: Receipt,
    /// From when it is sent.
    pub(crate) time: Duration,
    is_answered: bool,
}

/// How an extension ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extension {
    /// Sent at this time, and granted.
    Granted(Instant),
    /// The lease is gone.
    Refused,
    /// Nobody knows; it stays due.
    Unknown,
}

impl Leases {
    /// No leases yet; each will last `timeout` from its receive or its last extension.
    pub(crate) fn new(timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            timeout,
            ledger: Mutex::default(),
            extension_ended: Notify::new(),
            done: AtomicUsize::new(0),
        })
    }

    /// How long a lease lasts without an extension.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Opens the lease of a message whose receive was sent at `asked`.
    pub(crate) fn open(self: &Arc<Self>, receipt: Receipt, asked: Instant, slot: Slots) -> Lease {
        let mut ledger = self.ledger();
        let key = ledger.next;
        ledger.next += 1;
        let expires = asked + self.timeout;
        let entry = Entry { receipt: receipt.clone(), opened: asked, expires, state: State::Held };
        ledger.entries.insert(key, entry);
        Lease { leases: self.clone(), key, receipt, limit: asked + LONGEST, is_done: false, _slot: slot }
    }

    /// How many are open.
    pub(crate) fn held(&self) -> usize {
        self.ledger().entries.len()
    }

    /// How many messages are done, and not deleted yet.
    pub(crate) fn undeleted(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Those with less than half of their time left.
    pub(crate) fn due(self: &Arc<Self>, now: Instant) -> Vec<Due> {
        let half = self.timeout / 2;
        let mut ledger = self.ledger();
        let due = ledger.entries.iter_mut().filter(|(_, entry)| {
            entry.state == State::Held && entry.expires <= now + half && entry.can_last(half.min(LEAST))
        });
        due.map(|(key, entry)| {
            entry.state = State::Extending;
            let (key, receipt, time) = (*key, entry.receipt.clone(), self.timeout.min(entry.left(now)));
            Due { leases: self.clone(), key, receipt, time, is_answered: false }
        })
        .collect()
    }

    fn answered(&self, due: &Due, extension: Extension) -> bool {
        let mut ledger = self.ledger();
        let entry = ledger.entries.get_mut(&due.key);
        let open = entry.is_some();
        if let Some(entry) = entry {
            entry.state = State::Held;
            match extension {
                Extension::Granted(sent) => entry.expires = sent + due.time,
                Extension::Refused => entry.state = State::Final,
                Extension::Unknown => {}
            }
        }
        self.extension_ended.notify_waiters();
        open
    }

    fn finish(&self, key: u64) -> bool {
        let mut ledger = self.ledger();
        let Some(entry) = ledger.entries.get_mut(&key) else { return true };
        if entry.state == State::Extending {
            return false;
        }
        entry.state = State::Final;
        true
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics while holding the ledger")
    }
}

impl Entry {
    /// For how long it could be extended from now on.
    fn left(&self, now: Instant) -> Duration {
        (self.opened + LONGEST).saturating_duration_since(now)
    }

    /// Whether an extension could make it last for more than `least` beyond its end.
    fn can_last(&self, least: Duration) -> bool {
        self.opened + LONGEST > self.expires + least
    }
}

impl Due {
    /// Notes how the extension ended. Returns whether the lease is still open: one that was settled
    /// in the meantime could not be extended, and need not be.
    pub(crate) fn end(mut self, extension: Extension) -> bool {
        self.is_answered = true;
        self.leases.clone().answered(&self, extension)
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if !self.is_answered {
            self.leases.clone().answered(self, Extension::Unknown);
        }
    }
}

impl Lease {
    /// Names the receive in calls to the queue.
    pub(crate) fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The message is done: all that is left is to delete it.
    pub(crate) fn done(&mut self) {
        self.is_done = true;
        self.leases.done.fetch_add(1, Ordering::Relaxed);
    }

    /// When it can be extended no more: what is not settled by then must be given back.
    pub(crate) fn limit(&self) -> Instant {
        self.limit
    }

    /// Ends the heartbeat's say over this message: returns once no extension is under way, and
    /// none follows. Whoever changes the visibility must wait for this, or be overruled.
    pub(crate) async fn finish(&self) {
        loop {
            let ended = self.leases.extension_ended.notified();
            if self.leases.finish(self.key) {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.done.fetch_sub(usize::from(self.is_done), Ordering::Relaxed);
        self.leases.ledger().entries.remove(&self.key);
    }
}
