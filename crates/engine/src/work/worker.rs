//! Takes batches of deliveries, has them handled, and passes on what is to become of each.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::blame::Blame;
use super::channel;
use super::panics::Panics;
use super::timeouts::Timeouts;
use crate::batch::{BatchLimits, bytes_of};
use crate::breaker::{Breaker, Turn};
use crate::delivery::{Delivery, Settlement};
use crate::handler::{Handler, Sequence};
use crate::log::Progress;
use crate::order::lanes::Lanes;
use crate::queue::Queue;
use crate::settings::OnReject;

/// One of several that share the deliveries.
#[derive(Debug)]
pub(crate) struct Worker<Q, H> {
    pub(crate) id: usize,
    pub(crate) queue: Arc<Q>,
    pub(crate) handler: Arc<H>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) blame: Arc<Blame>,
    pub(crate) timeouts: Arc<Timeouts>,
    pub(crate) panics: Arc<Panics>,
    /// For one batch: a handler that takes longer is dropped.
    pub(crate) handler_timeout: Duration,
    pub(crate) limits: BatchLimits,
    /// What a reject means for those behind it.
    pub(crate) on_reject: OnReject,
    /// When those behind a delivery may begin.
    pub(crate) goes_on: Sequence,
    pub(crate) progress: Arc<Progress>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) deliveries: channel::Receiver,
    pub(crate) settlements: mpsc::Sender<Vec<Settlement>>,
    /// Cancelled when it is too late to begin anything more.
    pub(crate) last_call: CancellationToken,
    /// Taken from the channel and not handled yet.
    pub(crate) hand: Vec<Delivery>,
    /// Whether work was unavailable when it was last attempted.
    pub(crate) is_unavailable: bool,
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
                if !self.is_unavailable {
                    breaker.close();
                }
                settlements
            }
        }
    }

    /// What is in the hand and whatever else is there, within the limits.
    fn batch(&mut self) -> Vec<Delivery> {
        let mut bytes = bytes_of(&self.hand);
        while !self.hand[0].is_alone && self.hand.len() < self.limits.rows && bytes < self.limits.bytes {
            let Some(parcel) = self.deliveries.try_recv() else { break };
            bytes += bytes_of(&parcel);
            self.hand.extend(parcel);
        }
        let rest = self.hand.split_off(self.limits.fit(self.hand.iter()));
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

    /// Those that can be held no longer. What is behind them waits for them elsewhere.
    fn expired(&mut self) -> Vec<Delivery> {
        let now = Instant::now();
        let expired: Vec<_> = self.hand.extract_if(.., |delivery| delivery.lease.limit() <= now).collect();
        self.put_back(&expired.iter().filter_map(Delivery::lane).map(Into::into).collect());
        expired
    }

    /// Puts back what is in the hand of these lanes.
    pub(super) fn put_back(&mut self, lanes: &HashSet<Arc<str>>) {
        let is_behind = |delivery: &mut Delivery| delivery.lane().is_some_and(|lane| lanes.contains(lane));
        for delivery in self.hand.extract_if(.., is_behind) {
            self.lanes.take_back(delivery, None);
        }
    }
}

/// At once: others may be able to handle them.
pub(crate) fn give_back(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<Settlement> {
    deliveries.into_iter().map(|delivery| delivery.release(Duration::ZERO)).collect()
}
