//! Extends leases before they run out, ten a call, all calls at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use shared::sqs::MAX_BATCH;

use crate::failpoint;
use crate::lease::{Due, Extension, Leases};
use crate::queue::{Entry, Queue};
use crate::stats::Stats;

/// Keeps alive whatever is held, also while draining.
#[derive(Debug)]
pub(crate) struct Heartbeat<Q> {
    pub(crate) queue: Arc<Q>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) stats: Arc<Stats>,
}

impl<Q: Queue> Heartbeat<Q> {
    /// Beats until dropped. Eight beats a timeout: a lease is due at half its time, so an
    /// extension that fails is tried at least twice more.
    pub(crate) async fn run(self) {
        let heartbeat = Arc::new(self);
        let mut calls = JoinSet::new();
        let mut beats = interval((heartbeat.leases.timeout() / 8).max(Duration::from_millis(100)));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            while calls.try_join_next().is_some() {}
            let mut due = heartbeat.leases.due(Instant::now());
            while !due.is_empty() {
                let batch = due.split_off(due.len().saturating_sub(MAX_BATCH));
                calls.spawn(heartbeat.clone().extend(batch));
            }
        }
    }

    async fn extend(self: Arc<Self>, due: Vec<Due>) {
        let sent = Instant::now();
        let timeout = self.leases.timeout();
        let receipts: Vec<_> = due.iter().map(|due| (due.receipt.clone(), timeout)).collect();
        failpoint::enter("during-heartbeat");
        let answer = self.queue.change_visibility(&receipts).await;
        let entries = answer.unwrap_or_else(|fault| {
            tracing::warn!(error = %fault, leases = due.len(), "could not extend leases; trying again");
            vec![Entry::Failed; due.len()]
        });
        for (due, entry) in due.iter().zip(entries) {
            self.note(due, entry, sent);
        }
    }

    fn note(&self, due: &Due, entry: Entry, sent: Instant) {
        let extension = match entry {
            Entry::Done => Extension::Granted(sent),
            Entry::Gone => Extension::Refused,
            Entry::Failed => Extension::Unknown,
        };
        let open = self.leases.extended(due, extension);
        match extension {
            Extension::Granted(_) => self.stats.extended.add(1),
            Extension::Refused if open => self.stats.lost.add(1),
            Extension::Refused | Extension::Unknown => {}
        }
    }
}
