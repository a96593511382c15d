//! Who holds which message until when: opened at the receive, closed at the settlement.
//!
//! The time that counts is the one at which the receive was *sent*: SQS may have started the
//! clock at any moment after it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::message::Receipt;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::capacity::Slots;
use super::groups::InGroup;
use super::place::Place;

/// SQS takes a message back 12 h after its receive, whatever was asked for; we stop before.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const LONGEST: Duration = Duration::from_mins(11 * 60 + 30);
/// Beyond that SQS still takes a delay. The last minute is for the call.
const LAST_DELAY: Duration = Duration::from_mins(29);
/// An extension by less is not worth a call.
const LEAST: Duration = Duration::from_secs(10);

/// All leases of this process.
#[derive(Debug)]
pub(crate) struct Leases {
    timeout: Duration,
    ledger: Mutex<Ledger>,
    extension_ended: Notify,
    /// A lease runs out before the next check for such.
    pub(super) check_earlier: Notify,
    stopping: CancellationToken,
    /// How many of the open ones are of messages that are done.
    done: AtomicUsize,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) entries: HashMap<u64, Entry>,
    next: u64,
    /// When a lease runs out next that somebody asked about.
    pub(super) next_check: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Entry {
    receipt: Receipt,
    opened: Instant,
    pub(super) expires: Instant,
    pub(super) state: State,
    /// Made for whoever asks whether it is lost.
    pub(super) lost: Option<CancellationToken>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be extended when due.
    Held,
    /// An extension is under way.
    Extending,
    /// Not to be extended any more.
    Final,
    /// SQS refused to extend it.
    Lost,
}

/// The right to settle one delivery. Dropped, it is closed: no more extensions, room for another.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(super) leases: Arc<Leases>,
    pub(super) key: u64,
    receipt: Receipt,
    limit: Instant,
    is_done: bool,
    is_deleted: bool,
    /// Only while others wait for it.
    pub(crate) place: Option<Box<Place>>,
    /// Only where it has a group.
    pub(crate) group: Option<Box<InGroup>>,
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
    /// No leases yet; each will last `timeout` from its receive or its last extension. `stopping` is
    /// handed on to whoever works on a message.
    pub(crate) fn new(timeout: Duration, stopping: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            timeout,
            stopping,
            ledger: Mutex::default(),
            extension_ended: Notify::new(),
            check_earlier: Notify::new(),
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
        let (receipt_of_entry, state) = (receipt.clone(), State::Held);
        let entry = Entry { receipt: receipt_of_entry, opened: asked, expires, state, lost: None };
        ledger.entries.insert(key, entry);
        let (leases, limit) = (self.clone(), asked + LONGEST);
        let (is_done, is_deleted, place, group) = (false, false, None, None);
        Lease { leases, key, receipt, limit, is_done, is_deleted, place, group, _slot: slot }
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
        let (mut ledger, mut lost) = (self.ledger(), None);
        let entry = ledger.entries.get_mut(&due.key);
        let open = entry.is_some();
        if let Some(entry) = entry {
            entry.state = State::Held;
            match extension {
                Extension::Granted(sent) => entry.expires = sent + due.time,
                Extension::Refused => lost = entry.refused(),
                Extension::Unknown => {}
            }
        }
        drop(ledger);
        self.extension_ended.notify_waiters();
        // It wakes tasks, which must not find the ledger locked.
        lost.inspect(CancellationToken::cancel);
        open
    }

    fn finish(&self, key: u64) -> bool {
        let mut ledger = self.ledger();
        let Some(entry) = ledger.entries.get_mut(&key) else { return true };
        match entry.state {
            State::Extending => return false,
            State::Held => entry.state = State::Final,
            State::Final | State::Lost => {}
        }
        true
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics while holding the ledger")
    }
}

impl Entry {
    /// The lease is gone. Returns the token of whoever asked about that.
    fn refused(&mut self) -> Option<CancellationToken> {
        self.state = State::Lost;
        self.lost.clone()
    }

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

    /// For how long SQS would hide the message from now on, at most.
    pub(crate) fn max_delay(&self) -> Duration {
        (self.limit + LAST_DELAY).saturating_duration_since(Instant::now())
    }

    /// SQS said that the message is deleted.
    pub(crate) fn deleted(&mut self) {
        self.is_deleted = true;
    }

    /// Is cancelled when the process begins to stop.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.leases.stopping.clone()
    }

    /// When it can be extended no more: what is not settled by then must be given back.
    pub(crate) fn limit(&self) -> Instant {
        self.limit
    }

    /// Whether another consumer may have the message by now, or the lease can be extended no more.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let ledger = self.leases.ledger();
        let is_held = |entry: &Entry| entry.state != State::Lost && entry.expires > now;
        self.limit <= now || !ledger.entries.get(&self.key).is_some_and(is_held)
    }

    /// Lets the next message begin that waits for this one.
    pub(crate) fn pass(&mut self) {
        if let Some(place) = self.place.take() {
            place.pass();
        }
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
        if self.is_deleted {
            self.pass();
        }
    }
}
