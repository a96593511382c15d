//! Sends what was claimed: several calls side by side, and of each group one row after the other.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use shared::error::{ErrorKind, ServiceError};
use shared::queue::is_fifo;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::held::Refused;
use super::plan::{Call, Plan};
use super::port::{Outbox, Queues, Row};
use crate::outgoing::Outgoing;
use crate::port::Entry;
use crate::trace;

/// Calls side by side, of one claim.
const CALLS: usize = 16;
/// From the claim on; then no more calls begin. Together with a call's time it is less than the database
/// takes to end the connection of a relay that is silent, and give its rows to others: one that was
/// frozen sends nothing more of a claim that may not be its own any more.
const CLAIM: Duration = Duration::from_secs(8);
/// One call.
const CALL: Duration = Duration::from_secs(15);

/// A call and what came of it.
struct Answered {
    call: Call,
    entries: Result<Vec<Entry>, ServiceError>,
}

impl<O: Outbox, Q: Queues> Shared<O, Q> {
    /// Sends rows that were claimed at `claimed`. Returns the numbers of those that SQS has confirmed.
    pub(super) async fn send(&self, rows: Vec<Row>, claimed: Instant) -> Vec<u64> {
        let mut plan = Plan::new(self.sendable(rows), |queue| self.of_group(queue));
        let (mut calls, mut sent) = (FuturesUnordered::new(), Vec::new());
        loop {
            while calls.len() < CALLS && claimed.elapsed() < CLAIM {
                let Some(call) = plan.next() else { break };
                calls.push(self.call(call));
            }
            let Some(Answered { call, entries }) = calls.next().await else { return sent };
            match entries {
                Ok(entries) => self.take(&mut plan, call, &entries, &mut sent),
                Err(error) => {
                    self.stats.failed(call.seqs.len());
                    self.stats.held.queue_failed(&call.queue, &error);
                    self.forget(&call.queue, &error);
                    plan.drop_queue(&call.queue);
                }
            }
        }
    }

    /// Those that SQS takes as far as one can see. Of a group with another one, those before it.
    fn sendable(&self, rows: Vec<Row>) -> Vec<(Row, Outgoing)> {
        let (mut sendable, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
        for mut row in rows {
            let message = std::mem::replace(&mut row.message, Err("it was taken"));
            let checked = message.map_err(str::to_owned).and_then(|message| {
                let checked = message.check(is_fifo(&row.queue));
                checked.map(|()| message).map_err(|flaw| flaw.to_string())
            });
            match checked {
                _ if refused.contains(&row.lane()) => {}
                Ok(message) => sendable.push((row, message)),
                Err(why) => {
                    self.stats.failed(1);
                    refused.push(row.lane());
                    self.stats.held.row_refused(&Refused::of(&row), &why);
                }
            }
        }
        sendable
    }

    /// How many rows of one group may be in one call. SQS answers for each row of a call: where it fails
    /// one and takes the next, these have changed places. A standard queue promises no order anyway.
    fn of_group(&self, queue: &str) -> usize {
        if is_fifo(queue) && !self.batches_groups { 1 } else { usize::MAX }
    }

    async fn call(&self, mut call: Call) -> Answered {
        self.stats.called();
        let sent = async { trace::send(&*self.port(&call.queue).await?, &mut call.messages).await };
        let entries = timeout(CALL, sent).await.unwrap_or_else(|_| {
            Err(ServiceError::of(ErrorKind::Unavailable, "SendMessageBatch", "no answer in time"))
        });
        Answered { call, entries }
    }

    /// What became of each row of a call.
    fn take(&self, plan: &mut Plan, call: Call, entries: &[Entry], sent: &mut Vec<u64>) {
        let is_sent = |place: usize| entries.get(place) == Some(&Entry::Taken);
        self.stats.held.queue_works(&call.queue);
        for (place, (seq, lane)) in call.rows().enumerate() {
            if is_sent(place) {
                sent.push(seq);
                self.stats.held.row_sent(lane);
                continue;
            }
            self.stats.failed(1);
            match entries.get(place) {
                Some(Entry::Refused(why)) => {
                    let row = Refused { seq, queue: &call.queue, lane: lane.clone() };
                    self.stats.held.row_refused(&row, why);
                }
                _ => self.stats.held.row_failed(lane),
            }
        }
        plan.answered(call, is_sent);
    }

    async fn port(&self, queue: &Arc<str>) -> Result<Arc<Q::Port>, ServiceError> {
        if let Some(port) = self.of_ports().get(queue) {
            return Ok(port.clone());
        }
        let port = Arc::new(self.queues.open(queue).await?);
        self.of_ports().insert(queue.clone(), port.clone());
        Ok(port)
    }

    /// A queue that is gone may come back under another URL.
    fn forget(&self, queue: &Arc<str>, error: &ServiceError) {
        if error.kind != ErrorKind::Unavailable {
            self.of_ports().remove(queue);
        }
    }
}
