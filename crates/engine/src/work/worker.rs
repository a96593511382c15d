//! Takes batches of deliveries, has them handled, and passes on what is to become of each.

use crate::batch::BatchLimits;
use crate::batch::bytes_of;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::blame::{Blame, Ruling};
use super::channel;
use crate::breaker::{Breaker, Turn};
use crate::delivery::{Delivery, Settlement};
use crate::failpoint;
use crate::handler::Handler;
use crate::log::Progress;
use crate::queue::Queue;
use crate::verdict::{Unavailable, Verdict};

/// For one batch: a handler that takes longer is stuck, and is dropped.
const LONGEST: Duration = Duration::from_mins(5);

/// A delivery with what the handler says of it.
type Judged = (Delivery, Verdict);

/// One of several that share the deliveries.
#[derive(Debug)]
pub(crate) struct Worker<Q, H> {
    pub(crate) id: usize,
    pub(crate) queue: Arc<Q>,
    pub(crate) handler: Arc<H>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) blame: Arc<Blame>,
    pub(crate) limits: BatchLimits,
    pub(crate) progress: Arc<Progress>,
    pub(crate) deliveries: channel::Receiver,
    pub(crate) settlements: mpsc::Sender<Vec<Settlement>>,
    /// Cancelled when it is too late to begin anything more.
    pub(crate) last_call: CancellationToken,
    /// Taken from the channel and not handled yet.
    pub(crate) hand: Vec<Delivery>,
}

impl<Q: Queue, H: Handler> Worker<Q, H> {
    /// Works until there are no more deliveries.
    pub(crate) async fn run(mut self) {
        while self.has_work().await {
            let settlements = self.work().await;
            if !settlements.is_empty() && self.settlements.send(settlements).await.is_err() {
                return;
            }
        }
    }

    /// Waits for deliveries, unless some are in the hand.
    async fn has_work(&mut self) -> bool {
        if self.hand.is_empty() {
            self.hand = self.deliveries.recv().await.unwrap_or_default();
        }
        !self.hand.is_empty()
    }

    /// Has a batch handled, or while work cannot succeed one message. All are given back where the
    /// process is ending, and those that were held for as long as SQS allows.
    async fn work(&mut self) -> Vec<Settlement> {
        if self.last_call.is_cancelled() {
            return give_back(mem::take(&mut self.hand));
        }
        let limit = self.hand.iter().map(|delivery| delivery.lease.limit()).min();
        let breaker = self.breaker.clone();
        match timeout_at(limit.expect("the hand is not empty"), breaker.turn()).await {
            Err(_) => give_back(self.expired()),
            Ok(Err(_)) => give_back(mem::take(&mut self.hand)),
            Ok(Ok(Turn::Free)) => {
                let batch = self.batch();
                self.attempt(batch).await
            }
            Ok(Ok(Turn::Trial(_kept))) => {
                let one = self.another();
                let settlements = self.attempt(vec![one]).await;
                if !settlements.is_empty() {
                    breaker.close();
                }
                settlements
            }
        }
    }

    /// What is in the hand and whatever else is there, within the limits.
    fn batch(&mut self) -> Vec<Delivery> {
        let mut bytes = bytes_of(&self.hand);
        while self.hand.len() < self.limits.rows && bytes < self.limits.bytes {
            let Some(batch) = self.deliveries.try_recv() else { break };
            bytes += bytes_of(&batch);
            self.hand.extend(batch);
        }
        let rest = self.hand.split_off(self.limits.fit(&self.hand));
        mem::replace(&mut self.hand, rest)
    }

    /// One message, each time another: first one that just came, then those in the hand in turn.
    fn another(&mut self) -> Delivery {
        match self.deliveries.try_recv() {
            Some(mut batch) => {
                let one = batch.remove(0);
                self.hand.extend(batch);
                one
            }
            None => self.hand.remove(0),
        }
    }

    /// Those that can be held no longer.
    fn expired(&mut self) -> Vec<Delivery> {
        let now = Instant::now();
        self.hand.extract_if(.., |delivery| delivery.lease.limit() <= now).collect()
    }

    /// Has the batch handled. What could not be comes back to the hand.
    async fn attempt(&mut self, batch: Vec<Delivery>) -> Vec<Settlement> {
        let verdicts = self.handle(&batch).await;
        if !verdicts.iter().any(is_refusal) {
            return self.settle(batch, verdicts);
        }
        let judged = batch.into_iter().zip(verdicts);
        let (refused, others): (Vec<_>, Vec<_>) = judged.partition(|(_, verdict)| is_refusal(verdict));
        let (others, verdicts) = others.into_iter().unzip();
        let mut settlements = self.settle(others, verdicts);
        let (refused, verdicts) = self.judge(refused).await.into_iter().unzip();
        settlements.extend(self.settle(refused, verdicts));
        settlements
    }

    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let handled = timeout(LONGEST, self.handler.handle(batch)).await;
        failpoint::reach("after-commit");
        let stuck = || Verdict::Unavailable(Unavailable::passing("the handler does not come to an end"));
        let verdicts = handled.unwrap_or_else(|_| vec![stuck(); batch.len()]);
        assert_eq!(batch.len(), verdicts.len(), "a handler gives each delivery one verdict");
        verdicts
    }

    /// Finds out whose fault it is.
    async fn judge(&self, refused: Vec<Judged>) -> Vec<Judged> {
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
    async fn try_again(&self, refused: Vec<Judged>) -> Vec<Judged> {
        let (rejected, mut judged): (Vec<_>, Vec<_>) =
            refused.into_iter().partition(|(_, verdict)| matches!(verdict, Verdict::Reject(_)));
        if !rejected.is_empty() {
            let deliveries: Vec<_> = rejected.into_iter().map(|(delivery, _)| delivery).collect();
            let verdicts = self.handle(&deliveries).await;
            judged.extend(deliveries.into_iter().zip(verdicts));
        }
        judged
    }

    fn count(&self, (delivery, verdict): Judged) -> Judged {
        if matches!(verdict, Verdict::Retry(_)) && !self.is_last_receive(&delivery) {
            return (delivery, verdict);
        }
        let verdict = self.blame.admit().map_or_else(Verdict::Unavailable, |()| verdict);
        (delivery, verdict)
    }

    /// What is to become of each; none of what is away: that goes back to the hand.
    fn settle(&mut self, batch: Vec<Delivery>, verdicts: Vec<Verdict>) -> Vec<Settlement> {
        self.progress.handled(self.id, &batch, &verdicts);
        if verdicts.contains(&Verdict::Done) {
            self.blame.succeeded();
        }
        let mut settlements = Vec::with_capacity(batch.len());
        for (delivery, verdict) in batch.into_iter().zip(verdicts) {
            settlements.extend(self.settlement(delivery, verdict));
        }
        settlements
    }

    fn settlement(&mut self, mut delivery: Delivery, verdict: Verdict) -> Option<Settlement> {
        Some(match verdict {
            Verdict::Done | Verdict::Duplicate => delivery.done(),
            Verdict::Reject(rejection) => delivery.reject(rejection),
            Verdict::Retry(rejection) if self.is_last_receive(&delivery) => delivery.reject(rejection),
            Verdict::Retry(rejection) => {
                self.progress.stats().retried.add(rejection.reason, 1);
                delivery.retry()
            }
            Verdict::Unavailable(away) => {
                self.progress.stats().retried.add("away", 1);
                self.breaker.open(&away);
                delivery.was_tried = true;
                self.hand.push(delivery);
                return None;
            }
        })
    }

    /// Whether SQS would move the message to the dead-letter queue, without a reason, rather than
    /// hand it out again.
    fn is_last_receive(&self, delivery: &Delivery) -> bool {
        self.queue.max_receive_count().is_some_and(|most| delivery.message.receive_count >= most)
    }
}

fn is_refusal(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Reject(_) | Verdict::Retry(_))
}

/// At once: others may be able to handle them.
pub(crate) fn give_back(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<Settlement> {
    deliveries.into_iter().map(|delivery| delivery.release(Duration::ZERO)).collect()
}
