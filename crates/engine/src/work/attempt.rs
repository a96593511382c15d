//! One attempt at a batch: has it handled, finds out whose fault refusals are, and settles.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::blame::Ruling;
use super::call::{Failure, call};
use super::worker::Worker;
use crate::delivery::{Delivery, Settlement};
use crate::failpoint;
use crate::handler::{Handler, Sequence};
use crate::queue::Queue;
use crate::settings::OnReject;
use crate::verdict::{Rejection, Verdict};

/// A delivery with what the handler says of it.
type Judged = (Delivery, Verdict);

impl<Q: Queue, H: Handler> Worker<Q, H> {
    /// Has the batch handled. What could not be comes back to the hand.
    pub(super) async fn attempt(&mut self, batch: Vec<Delivery>) -> Vec<Settlement> {
        self.is_unavailable = false;
        let Some((batch, verdicts)) = self.handle(batch).await else { return Vec::new() };
        if !verdicts.iter().any(is_questionable) {
            return self.settle(batch, verdicts);
        }
        let judged = batch.into_iter().zip(verdicts);
        let (refused, others): (Vec<_>, Vec<_>) = judged.partition(|(_, verdict)| is_questionable(verdict));
        let (others, verdicts) = others.into_iter().unzip();
        let mut settlements = self.settle(others, verdicts);
        let (refused, verdicts) = self.judge(refused).await.into_iter().unzip();
        settlements.extend(self.settle(refused, verdicts));
        settlements
    }

    /// Calls the handler. `None` where it failed for the batch as a whole: then nobody knows which
    /// message made it fail, and all are back in the hand, to be handled one by one.
    async fn handle(&mut self, mut batch: Vec<Delivery>) -> Option<(Vec<Delivery>, Vec<Verdict>)> {
        self.mark_last_receives(&mut batch);
        let handled = call(&*self.handler, &batch, self.handler_timeout).await;
        failpoint::reach("after-commit");
        match handled {
            Ok(mut verdicts) => {
                let mut failed = HashSet::new();
                batch.iter().zip(&mut verdicts).for_each(|judged| fall_behind(judged, &mut failed));
                Some((batch, verdicts))
            }
            Err(failure) if batch.len() == 1 => {
                let verdict = self.failed(&batch[0], failure);
                Some((batch, vec![verdict]))
            }
            Err(_) => {
                self.take_apart(batch);
                None
            }
        }
    }

    /// What a panic or a silence means for the one message that was handled.
    fn failed(&self, delivery: &Delivery, failure: Failure) -> Verdict {
        match failure {
            Failure::Panicked(panic) => Verdict::panicked(panic),
            Failure::TimedOut => {
                let (id, is_last) = (delivery.message.id, self.is_last_receive(delivery));
                let outage = self.timeouts.timed_out(id, is_last, self.breaker.is_open().is_some());
                outage.map_or_else(Verdict::timed_out, Verdict::Unavailable)
            }
        }
    }

    fn take_apart(&mut self, mut batch: Vec<Delivery>) {
        for delivery in &mut batch {
            delivery.was_tried = true;
            delivery.is_alone = true;
        }
        batch.append(&mut self.hand);
        self.hand = batch;
    }

    /// Finds out whose fault it is.
    async fn judge(&mut self, refused: Vec<Judged>) -> Vec<Judged> {
        self.panics.happened(refused.iter().filter(|(_, verdict)| verdict.is_panic()).count());
        match self.blame.rule(&*self.handler).await {
            Ruling::Believe => refused,
            Ruling::TryAgain => self.try_again(refused).await,
            Ruling::Count => refused.into_iter().map(|judged| self.count(judged)).collect(),
            Ruling::Hold(why) => refused
                .into_iter()
                .map(|(delivery, _)| (delivery, Verdict::Unavailable(why.clone())))
                .collect(),
        }
    }

    /// Rejects only: the others are tried again by themselves.
    async fn try_again(&mut self, refused: Vec<Judged>) -> Vec<Judged> {
        let (rejected, mut judged): (Vec<_>, Vec<_>) =
            refused.into_iter().partition(|(_, verdict)| matches!(verdict, Verdict::Reject(_)));
        if !rejected.is_empty() {
            let deliveries: Vec<_> = rejected.into_iter().map(|(delivery, _)| delivery).collect();
            if let Some((deliveries, verdicts)) = self.handle(deliveries).await {
                judged.extend(deliveries.into_iter().zip(verdicts));
            }
        }
        judged
    }

    fn count(&self, (delivery, verdict): Judged) -> Judged {
        if matches!(verdict, Verdict::Retry(..)) && !self.is_last_receive(&delivery) {
            return (delivery, verdict);
        }
        let verdict = self.blame.admit().map_or_else(Verdict::Unavailable, |()| verdict);
        (delivery, verdict)
    }

    /// What is to become of each; none of what is held: that goes back to the hand or, with what is
    /// behind it, to its lane.
    fn settle(&mut self, batch: Vec<Delivery>, verdicts: Vec<Verdict>) -> Vec<Settlement> {
        self.progress.handled(self.id, &batch, &verdicts);
        if verdicts.contains(&Verdict::Done) {
            self.blame.succeeded();
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Done | Verdict::Duplicate)) {
            self.timeouts.succeeded();
        }
        let blocked = blocked(&batch, &verdicts);
        if !blocked.is_empty() {
            self.put_back(&blocked);
        }
        let mut settlements = Vec::with_capacity(batch.len());
        for (delivery, verdict) in batch.into_iter().zip(verdicts) {
            settlements.extend(self.settlement(delivery, verdict));
        }
        settlements
    }

    fn settlement(&mut self, mut delivery: Delivery, verdict: Verdict) -> Option<Settlement> {
        match verdict {
            Verdict::Done | Verdict::Duplicate | Verdict::Filtered => {
                if self.goes_on != Sequence::AfterDelete {
                    delivery.lease.pass();
                }
                Some(delivery.done())
            }
            Verdict::Reject(rejection) => self.reject(delivery, rejection),
            Verdict::Retry(rejection, _) if self.is_last_receive(&delivery) => {
                self.reject(delivery, rejection)
            }
            Verdict::Retry(rejection, after) => {
                self.progress.stats().retried.add(rejection.into_reason(), 1);
                self.retry(delivery, after)
            }
            Verdict::Behind => {
                self.lanes.take_back(delivery, None);
                None
            }
            Verdict::Unavailable(unavailable) => {
                self.progress.stats().retried.add("away", 1);
                self.breaker.open(&unavailable);
                self.is_unavailable = true;
                delivery.was_tried = true;
                self.hand.push(delivery);
                None
            }
        }
    }

    fn reject(&self, delivery: Delivery, rejection: Rejection) -> Option<Settlement> {
        if self.on_reject == OnReject::GoOn || delivery.lane().is_none() {
            return Some(delivery.reject(rejection));
        }
        let (id, reason) = (delivery.message.id, rejection.reason());
        tracing::error!(message.id = %id, reason, "its group stands still until the reject is accepted");
        self.lanes.hold(delivery, rejection);
        None
    }

    /// With an order it is tried again in hand, as those behind it must not overtake it; given back, they
    /// would all spend a receive. The try counts as if it were another receive.
    fn retry(&self, mut delivery: Delivery, after: Option<Duration>) -> Option<Settlement> {
        if delivery.lane().is_none() {
            return Some(delivery.retry(after));
        }
        let after = after.unwrap_or_else(|| delivery.retry_delay());
        delivery.message.receive_count += 1;
        delivery.is_alone = true;
        self.lanes.take_back(delivery, Some(after));
        None
    }

    fn mark_last_receives(&self, batch: &mut [Delivery]) {
        let max = self.queue.max_receive_count();
        for delivery in batch {
            delivery.is_last_receive = is_last(delivery, max);
        }
    }

    /// Whether SQS would move the message to the dead-letter queue, without a reason, rather than
    /// hand it out again.
    fn is_last_receive(&self, delivery: &Delivery) -> bool {
        is_last(delivery, self.queue.max_receive_count())
    }
}

fn is_last(delivery: &Delivery, max_receive_count: Option<u32>) -> bool {
    max_receive_count.is_some_and(|max| delivery.message.receive_count >= max)
}

/// Whether it may be somebody else's fault. A reject in the handler's own words is none of that.
fn is_questionable(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Retry(..) => true,
        Verdict::Reject(rejection) => !rejection.is_certain(),
        Verdict::Done
        | Verdict::Duplicate
        | Verdict::Filtered
        | Verdict::Behind
        | Verdict::Unavailable(_) => false,
    }
}

/// Of each lane only the first that was not done is to be dealt with, whatever became of those behind.
fn fall_behind<'a>((delivery, verdict): (&'a Delivery, &mut Verdict), failed: &mut HashSet<&'a str>) {
    if let Some(lane) = delivery.lane().filter(|_| !verdict.is_success())
        && !failed.insert(lane)
    {
        *verdict = Verdict::Behind;
    }
}

/// The lanes in which one was not done: what is behind it waits for it.
fn blocked(batch: &[Delivery], verdicts: &[Verdict]) -> HashSet<Arc<str>> {
    let failed = batch.iter().zip(verdicts).filter(|(_, verdict)| !verdict.is_success());
    failed.filter_map(|(delivery, _)| delivery.lane().map(Into::into)).collect()
}
