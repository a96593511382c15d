//! Takes messages from the queue, opens their leases and passes them on.

use std::sync::Arc;
use std::time::Duration;

use shared::limits::MAX_BATCH;
use shared::message::Received;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Pass};
use super::poll_limiter::{PollLimiter, PollPermit};
use crate::delivery::Delivery;
use crate::failpoint;
use crate::lease::capacity::{Capacity, Slots};
use crate::lease::groups::Groups;
use crate::lease::ledger::Leases;
use crate::log::Progress;
use crate::order::lanes::Lanes;
use crate::queue::Queue;

/// From one empty poll to the next at the least, for those that do not wait.
const EMPTY: Duration = Duration::from_millis(200);

/// So long at the least a message stays away of whose group there are enough.
const FULL: Duration = Duration::from_secs(1);

/// One of several that share the polls of a queue.
///
/// A poll that is under way is never dropped: SQS would hand messages to nobody, and they would
/// stay invisible until their timeout (seen on AWS and on LocalStack). Everything before it may be.
#[derive(Debug)]
pub(crate) struct Receiver<Q> {
    pub(crate) id: usize,
    pub(crate) queue: Arc<Q>,
    pub(crate) polls: Arc<PollLimiter>,
    pub(crate) gate: Gate,
    pub(crate) capacity: Capacity,
    pub(crate) leases: Arc<Leases>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) groups: Arc<Groups>,
    /// Of a group, at the most.
    pub(crate) most_of_group: Option<usize>,
    /// After an answer that is not full.
    pub(crate) linger: Duration,
    pub(crate) stop: CancellationToken,
}

impl<Q: Queue> Receiver<Q> {
    /// Polls until told to stop.
    pub(crate) async fn run(self) {
        while let Some(Some((turn, slots, _pass))) = self.stop.run_until_cancelled(self.ready()).await {
            self.poll(turn, slots).await;
        }
    }

    /// Waits for everything a poll needs; `None` where there will be no more.
    async fn ready(&self) -> Option<(PollPermit, Slots, Pass)> {
        let turn = self.polls.turn().await;
        let mut slots = self.capacity.reserve(MAX_BATCH).await;
        let pass = self.gate.pass().await.ok()?;
        slots.shrink(pass.most());
        Some((turn, slots, pass))
    }

    async fn poll(&self, turn: PollPermit, slots: Slots) {
        let asked = Instant::now();
        self.progress.stats().polls.add(1);
        match self.queue.receive(slots.len()).await {
            Ok(received) if received.is_empty() => {
                let room = slots.len();
                drop(slots);
                self.stop.run_until_cancelled(sleep_until(asked + EMPTY)).await;
                turn.answered(room, 0, asked.elapsed());
            }
            Ok(received) => {
                let (room, got, took) = (slots.len(), received.len(), asked.elapsed());
                self.pass_on(received, asked, slots);
                if got < room && !self.linger.is_zero() {
                    self.stop.run_until_cancelled(sleep(self.linger)).await;
                }
                turn.answered(room, got, took);
            }
            Err(fault) => {
                drop(slots);
                if let Some((_turn, pause)) = turn.failed(&fault) {
                    self.stop.run_until_cancelled(sleep(pause)).await;
                }
            }
        }
    }

    fn pass_on(&self, received: Vec<Received>, asked: Instant, mut slots: Slots) {
        failpoint::reach("after-receive");
        self.progress.retrieved(self.id, received.len());
        slots.answered(received.iter().map(|received| received.message.bytes()).sum());
        let mut surplus = Vec::new();
        let deliveries = received.into_iter().filter_map(|Received { message, receipt }| {
            let slot = slots.split(message.bytes());
            let mut delivery = Delivery::new(message, self.leases.open(receipt, asked, slot));
            let is_surplus = self.joins_too_many(&mut delivery)
                && delivery.can_be_given_back(self.queue.max_receive_count());
            if is_surplus {
                surplus.push(delivery);
                return None;
            }
            Some(delivery)
        });
        self.lanes.admit(deliveries);
        self.give_back(surplus);
    }

    /// Counts it among those of its group. Returns whether they are too many now.
    fn joins_too_many(&self, delivery: &mut Delivery) -> bool {
        let Some(group) = &delivery.message.group else { return false };
        let (in_group, count) = self.groups.enter(group);
        delivery.lease.group = Some(Box::new(in_group));
        self.most_of_group.is_some_and(|most| count > most)
    }

    fn give_back(&self, surplus: Vec<Delivery>) {
        if !surplus.is_empty() {
            self.progress.stats().retried.add("group-full", surplus.len());
            let after = |delivery: &Delivery| delivery.retry_delay().max(FULL);
            let surplus = surplus.into_iter().map(|delivery| (after(&delivery), delivery));
            self.lanes.give_back(surplus.map(|(after, delivery)| delivery.release(after)).collect());
        }
    }
}
