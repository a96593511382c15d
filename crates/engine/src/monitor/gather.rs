//! Gathers what is to be seen of a run from those who know it.

use std::sync::atomic::Ordering;

use super::status::{BreakerStatus, Cost, InFlight, Lag, Pool, QueueDepth, Rate, Rates, Status, Totals};
use super::{History, Monitor, Sample, View};
use crate::handler::Connections;
use crate::histogram::as_f64;
use crate::stats::Counts;

/// Of a standard queue in most regions; a body takes one for each 64 KiB.
/// <https://aws.amazon.com/sqs/pricing/>
const DOLLARS_A_MILLION_REQUESTS: f64 = 0.40;
/// Seconds that the quantiles of the lag are taken over.
const RECENT: usize = 60;

impl Monitor {
    /// How things are. Asks the queue for its depth and the database whether it works, unless the
    /// last answers are younger than ten seconds; waits for theirs only briefly.
    pub async fn status(&self) -> Status {
        let mut checks = self.ready().await;
        let (state, depth) = (self.state(&checks), self.depth().await);
        checks.push(self.live());
        let view = &self.view;
        let watched = self.watched();
        Status {
            state,
            checks,
            queue: view.queue.clone(),
            dead_letter_queue: view.dead_letter_queue.clone(),
            version: env!("CARGO_PKG_VERSION"),
            uptime: self.began.0.elapsed().as_secs_f64(),
            paused: view.gate.pause.is_paused(),
            rates: Rates::of(&watched.history),
            lag: Lag::of(&watched.history),
            totals: view.totals(),
            dead_letters: self.dead_letters(),
            retried: self.retried(),
            in_flight: view.in_flight(),
            polls: [view.metrics.polling.open(), view.settings.receivers],
            polls_wanted: view.polls.wanted(),
            breaker: view.breaker(),
            held_for_rejects: view.held_for_rejects(),
            cost: view.cost(),
            depth,
            pool: (view.backend)().map(|backend| backend.connections.into()),
        }
    }

    /// The queue's own numbers, ten seconds old or, where it hardly answers, older.
    pub async fn depth(&self) -> Option<QueueDepth> {
        let depth = self.view.depth.soon().await??;
        Some(QueueDepth {
            waiting: depth.waiting,
            in_flight: depth.in_flight,
            delayed: depth.delayed,
            oldest: self.view.metrics.polling.oldest().as_secs_f64(),
            backlog: self.backlog(depth).map(|time| time.as_secs_f64()),
        })
    }

    /// By reason; known ones are there before they ever occurred.
    pub(crate) fn dead_letters(&self) -> Counts {
        let reasons = (self.view.backend)().map(|backend| backend.reasons).unwrap_or_default();
        let mut letters: Counts = reasons.iter().map(|reason| ((*reason).into(), 0)).collect();
        letters.extend(self.view.stats.dead_lettered.counts());
        letters
    }

    /// Messages tried again, in place or not.
    pub(crate) fn retried(&self) -> Counts {
        let mut retried = Counts::from([("away".into(), 0)]);
        retried.extend(self.view.stats.retried.counts());
        if let Some(backend) = (self.view.backend)() {
            retried.insert("contention".into(), backend.contended);
        }
        retried
    }
}

impl Rates {
    fn of(history: &History) -> Self {
        let rate =
            |count: fn(&Sample) -> u64| Rate { now: history.rate(count), seconds: history.seconds(count) };
        Self {
            received: rate(|sample| sample.received),
            stored: rate(|sample| sample.stored),
            deleted: rate(|sample| sample.deleted),
        }
    }
}

impl Lag {
    fn of(history: &History) -> Self {
        let recent = history.ago(0).lag.since(&history.ago(RECENT).lag);
        let seconds = |part| recent.quantile(part).map(|micros| micros / 1e6);
        Self { p50: seconds(0.5), p99: seconds(0.99) }
    }
}

impl View {
    pub(crate) fn in_flight(&self) -> InFlight {
        InFlight {
            messages: self.leases.held(),
            limit: self.settings.max_in_flight,
            waiting: (self.waiting)(),
            in_order: self.lanes.waiting(),
            settling: self.settling.load(Ordering::Relaxed),
            bytes: self.capacity.bytes(),
        }
    }

    pub(crate) fn cost(&self) -> Cost {
        let (requests, deleted) = (self.requests(), self.stats.deleted.get());
        let requests_per_message = (deleted > 0).then(|| as_f64(requests) / as_f64(deleted));
        let dollars = |requests: f64| requests * DOLLARS_A_MILLION_REQUESTS;
        Cost { requests, requests_per_message, dollars_per_million: requests_per_message.map(dollars) }
    }

    /// Why messages are held that were refused: work cannot succeed, or groups stand still behind them.
    pub(crate) fn held_for_rejects(&self) -> Option<String> {
        let groups = || match self.lanes.held() {
            0 => None,
            held => Some(format!(
                "groups that stand still behind a rejected message: {held}; they go on once the rejects are \
                 accepted (POST /accept-rejects)"
            )),
        };
        self.gate.breaker.is_open().and_then(|_| self.blame.held()).or_else(groups)
    }

    fn breaker(&self) -> BreakerStatus {
        BreakerStatus {
            open: self.gate.breaker.is_open().is_some(),
            opened: self.gate.breaker.opened.get(),
            seconds: self.gate.breaker.open_for().as_secs_f64(),
        }
    }

    fn totals(&self) -> Totals {
        let stats = &self.stats;
        Totals {
            received: stats.received.get(),
            stored: stats.stored.get(),
            duplicates: stats.duplicates.get(),
            filtered: stats.filtered.get(),
            deleted: stats.deleted.get(),
            released: stats.released.get(),
            dead_lettered: stats.dead_lettered.get(),
            leases_extended: stats.extended.get(),
            leases_lost: stats.lost.get(),
        }
    }
}

impl From<Connections> for Pool {
    fn from(Connections { limit, size, in_use, waiting }: Connections) -> Self {
        Self { limit, size, in_use, waiting }
    }
}
