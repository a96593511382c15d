//! Extends leases before they run out, ten a call, a few calls at once.

use std::sync::Arc;
use std::time::Duration;

use shared::backoff::Backoff;
use shared::limits::MAX_BATCH;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::failpoint;
use crate::lease::ledger::{Due, Extension, Leases};
use crate::queue::{EntryResult, Queue};
use crate::stats::Stats;
use crate::trouble::Trouble;

/// Calls under way at once.
const CALLS: usize = 16;
/// Between two beats while extensions fail.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(10) };

/// Keeps alive whatever is held, also while draining.
#[derive(Debug)]
pub(crate) struct Heartbeat<Q> {
    pub(crate) queue: Arc<Q>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) trouble: Arc<Trouble>,
}

impl<Q: Queue> Heartbeat<Q> {
    /// Beats until dropped. Eight beats a timeout: a lease is due at half its time, so an
    /// extension that fails is tried at least twice more.
    pub(crate) async fn run(self) {
        let (heartbeat, mut calls) = (Arc::new(self), JoinSet::new());
        let beat = (heartbeat.leases.timeout() / 8).max(Duration::from_millis(100));
        let mut beats = interval(beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            let mut due = heartbeat.leases.due(Instant::now());
            while !due.is_empty() {
                let batch = due.split_off(due.len().saturating_sub(MAX_BATCH));
                heartbeat.clone().call(batch, &mut calls).await;
                if let Some(failing) = heartbeat.trouble.now() {
                    // The others stay due.
                    due.clear();
                    sleep(BACKOFF.delay(failing.failures).min(beat)).await;
                }
            }
        }
    }

    /// Begins a call once there is room for it. While calls fail, waits for its end, so that one at
    /// a time is made. A call that panics has told so itself, and its leases stay due.
    async fn call(self: Arc<Self>, batch: Vec<Due>, calls: &mut JoinSet<()>) {
        let room = if self.trouble.now().is_some() { 0 } else { CALLS - 1 };
        let heartbeat = self.clone();
        calls.spawn(async move { heartbeat.extend(batch).await });
        while calls.len() > room {
            calls.join_next().await;
        }
        while calls.try_join_next().is_some() {}
    }

    async fn extend(&self, due: Vec<Due>) {
        let sent = Instant::now();
        let receipts: Vec<_> = due.iter().map(|due| (due.receipt.clone(), due.time)).collect();
        failpoint::enter("during-heartbeat");
        let answer = self.queue.change_visibility(&receipts).await;
        self.trouble.answered(&answer);
        let entries = answer.unwrap_or_else(|_| vec![EntryResult::Failed; due.len()]);
        for (due, entry) in due.into_iter().zip(entries) {
            self.note(due, entry, sent);
        }
    }

    fn note(&self, due: Due, entry: EntryResult, sent: Instant) {
        let extension = match entry {
            EntryResult::Ok => Extension::Granted(sent),
            EntryResult::Stale => Extension::Refused,
            EntryResult::Failed => Extension::Unknown,
        };
        let open = due.end(extension);
        match extension {
            Extension::Granted(_) => self.stats.extended.add(1),
            Extension::Refused if open => self.stats.lost.add(1),
            Extension::Refused | Extension::Unknown => {}
        }
    }
}
