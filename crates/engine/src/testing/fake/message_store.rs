//! What lies in the queue: visibility, receipts, receive counts, and SQS's own move to its DLQ.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use shared::message::{Message, Receipt, Received};
use tokio::time::Instant;

use crate::queue::EntryResult;

/// A message in the dead-letter queue; without a reason where SQS moved it.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// As it was when it was set aside.
    pub message: Message,
    /// Why, where the pipeline set it aside.
    pub reason: Option<String>,
}

/// The messages, in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct MessageStore {
    items: BTreeMap<usize, Item>,
    sent: usize,
    /// Whether messages of one group are handed out in their order, and only while none is invisible.
    pub(super) is_fifo: bool,
    /// After so many receives SQS gives a message up.
    pub(super) most_receives: Option<u32>,
    pub(super) set_aside: Vec<SetAside>,
    /// The most messages that were invisible at once.
    pub(super) most_in_flight: usize,
}

#[derive(Debug)]
struct Item {
    message: Message,
    visible_at: Instant,
}

impl MessageStore {
    pub(super) fn put(&mut self, message: Message) {
        self.sent += 1;
        self.items.insert(self.sent, Item { message, visible_at: Instant::now() });
    }

    /// Hands out visible messages. Each receive has a receipt of its own and voids the older ones.
    pub(super) fn take(&mut self, most: usize, reversed: bool, visibility: Duration) -> Vec<Received> {
        let now = Instant::now();
        let mut visible: Vec<_> = self.visible(now);
        if reversed && !self.is_fifo {
            visible.reverse();
        }
        let taken: Vec<_> =
            visible.into_iter().filter_map(|key| self.receive(key, visibility)).take(most).collect();
        let in_flight = self.items.values().filter(|item| item.visible_at > now).count();
        self.most_in_flight = self.most_in_flight.max(in_flight);
        taken
    }

    /// Hands out again what a receive has just handed out.
    pub(super) fn take_again(&mut self, received: &[Received], visibility: Duration) -> Vec<Received> {
        let keys: Vec<_> = received.iter().filter_map(|received| key_of(&received.receipt)).collect();
        keys.into_iter().filter_map(|key| self.receive(key, visibility)).collect()
    }

    /// While a message of a group is invisible no other one of it is handed out.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>
    fn visible(&self, now: Instant) -> Vec<usize> {
        let invisible = self.items.values().filter(|item| item.visible_at > now);
        let groups = invisible.filter_map(|item| item.message.group.as_deref().filter(|_| self.is_fifo));
        let blocked: HashSet<_> = groups.collect();
        let is_blocked =
            |item: &Item| item.message.group.as_deref().is_some_and(|group| blocked.contains(group));
        let visible = self.items.iter().filter(|(_, item)| item.visible_at <= now && !is_blocked(item));
        visible.map(|(key, _)| *key).collect()
    }

    /// `None` where SQS moved the message instead.
    fn receive(&mut self, key: usize, visibility: Duration) -> Option<Received> {
        let item = self.items.get_mut(&key)?;
        if self.most_receives.is_some_and(|most| item.message.receive_count >= most) {
            let message = self.items.remove(&key)?.message;
            self.set_aside.push(SetAside { message, reason: None });
            return None;
        }
        item.message.receive_count += 1;
        item.visible_at = Instant::now() + visibility;
        let receipt = format!("{key}/{}", item.message.receive_count).into();
        Some(Received { message: item.message.clone(), receipt })
    }

    /// When the next message gets visible.
    pub(super) fn next_visible(&self) -> Option<Instant> {
        self.items.values().map(|item| item.visible_at).min()
    }

    /// The message, and what an entry with this receipt comes to.
    pub(super) fn find(&self, receipt: &Receipt) -> Option<(Message, EntryResult)> {
        let item = self.items.get(&key_of(receipt)?)?;
        let newest = receipt.ends_with(&format!("/{}", item.message.receive_count));
        Some((item.message.clone(), if newest { EntryResult::Ok } else { EntryResult::Stale }))
    }

    pub(super) fn delete(&mut self, receipt: &Receipt) {
        key_of(receipt).and_then(|key| self.items.remove(&key));
    }

    pub(super) fn show(&mut self, receipt: &Receipt, after: Duration) {
        let item = key_of(receipt).and_then(|key| self.items.get_mut(&key));
        item.expect("it was found").visible_at = Instant::now() + after;
    }

    /// All visibility timeouts end now.
    pub(super) fn expire(&mut self) {
        self.items.values_mut().for_each(|item| item.visible_at = item.visible_at.min(Instant::now()));
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// What is there, with when it is visible.
    pub(super) fn messages(&self) -> Vec<(Message, Instant)> {
        self.items.values().map(|item| (item.message.clone(), item.visible_at)).collect()
    }
}

fn key_of(receipt: &Receipt) -> Option<usize> {
    receipt.split('/').next()?.parse().ok()
}
