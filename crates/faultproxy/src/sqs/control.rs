//! What the handle says and the calls obey.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use hyper::http::uri::Authority;
use tokio::sync::Notify;

use super::counts::{Counts, Meter};
use super::fault::{Fault, Stage};
use super::groups::Groups;
use super::memory::Memory;
use super::operation::Operation;
use super::receipts::Receipts;
use super::rule::{Rule, RuleBook, RuleId};
use super::upstream;

/// Steers an [`SqsProxy`](super::SqsProxy). Without effect once that is dropped.
#[derive(Clone, Debug)]
pub struct SqsHandle(pub(super) Arc<Control>);

/// Shared by the handle and all calls.
#[derive(Debug)]
pub(super) struct Control {
    upstream: Mutex<Authority>,
    rules: RuleBook,
    refuses_stale: AtomicBool,
    holds_groups: AtomicBool,
    /// Wakes the calls that a black hole holds.
    pub(super) released: Notify,
    pub(super) receipts: Receipts,
    pub(super) groups: Groups,
    pub(super) memory: Memory,
    pub(super) meter: Meter,
}

impl Control {
    pub(super) fn new(upstream: Authority, seed: u64) -> Self {
        Self {
            upstream: Mutex::new(upstream),
            rules: RuleBook::new(seed),
            refuses_stale: AtomicBool::new(false),
            holds_groups: AtomicBool::new(false),
            released: Notify::new(),
            receipts: Receipts::default(),
            groups: Groups::default(),
            memory: Memory::default(),
            meter: Meter::default(),
        }
    }

    pub(super) fn upstream(&self) -> Authority {
        self.upstream.lock().expect("nobody panics while holding the address").clone()
    }

    fn turn_to(&self, upstream: Authority) {
        *self.upstream.lock().expect("nobody panics while holding the address") = upstream;
    }

    pub(super) fn refuses_stale(&self) -> bool {
        self.refuses_stale.load(Ordering::Relaxed)
    }

    pub(super) fn holds_groups(&self) -> bool {
        self.holds_groups.load(Ordering::Relaxed)
    }

    /// Lets the rules for this moment of a call take effect, and counts them.
    pub(super) fn strike(
        &self,
        operation: Operation,
        stage: Stage,
        mut effect: impl FnMut(&Fault, &mut Rng) -> bool,
    ) {
        self.rules.strike(operation, stage, |fault, rng| {
            let struck = effect(fault, rng);
            self.meter.faults.add(fault.name(), usize::from(struck));
            struck
        });
    }
}

impl SqsHandle {
    /// Adds a rule; it is in force from the next call. Rules take effect in the order of their
    /// adding, several on one call; after one that answers by itself, no other does.
    pub fn add(&self, rule: Rule) -> RuleId {
        self.0.rules.add(rule)
    }

    /// Takes a rule back, if it is still there.
    pub fn remove(&self, rule: RuleId) {
        self.0.rules.remove(rule);
    }

    /// Takes all rules back and releases held calls: everything works again.
    pub fn clear(&self) {
        self.0.rules.clear();
        self.release();
    }

    /// Relays the calls that [`Fault::BlackHole`] holds, if their clients still wait.
    pub fn release(&self) {
        self.0.released.notify_waiters();
    }

    /// Whether receipt handles that are not the newest of their message are refused, as AWS
    /// does. At first they are relayed. Deleting with one is answered `ReceiptHandleIsInvalid`;
    /// changing the visibility with one, or of a message whose time has run out,
    /// `InvalidParameterValue`.
    pub fn refuse_stale_receipts(&self, refuse: bool) {
        self.0.refuses_stale.store(refuse, Ordering::Relaxed);
    }

    /// Whether messages of a FIFO queue's group are held back while another message of it is in
    /// flight, or was handed out before, is not deleted, and does not come with them: AWS keeps a
    /// group's order. At first all is relayed that the queue hands out. What is held comes back by
    /// its visibility timeout. Receives have to ask for `MessageGroupId`; and a message that the queue
    /// itself moves to its dead-letter queue holds up its group for good.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>
    pub fn hold_groups(&self, hold: bool) {
        self.0.holds_groups.store(hold, Ordering::Relaxed);
    }

    /// Calls from now on go to this endpoint, `http://host:port`.
    ///
    /// # Errors
    /// Where it is anything else.
    pub fn set_upstream(&self, endpoint: &str) -> io::Result<()> {
        self.0.turn_to(upstream::authority(endpoint)?);
        Ok(())
    }

    /// The counters of the moment.
    pub fn counts(&self) -> Counts {
        self.0.meter.read()
    }
}
