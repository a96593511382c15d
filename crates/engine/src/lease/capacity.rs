//! How much may be on loan at once: taken before a poll, given back when settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// How long a poll waits for the room to be a full one.
const PATIENCE: Duration = Duration::from_millis(50);

/// Room for messages that are on loan.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    most: usize,
    bytes: Arc<Bytes>,
    door: Arc<Mutex<()>>,
    slots: Arc<Semaphore>,
}

/// Room for some messages. Dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Slots {
    permit: OwnedSemaphorePermit,
    bytes: usize,
    all: Arc<Bytes>,
}

/// An answer may bring ten messages of 1 MiB, and nobody knows before. So each open poll counts
/// for as much as late answers brought.
#[derive(Debug)]
struct Bytes {
    /// Held or expected, at the most. A single answer may take more.
    limit: usize,
    taken: AtomicUsize,
    late_answer: AtomicUsize,
}

impl Capacity {
    /// Room for `most` messages with `limit` bytes in all.
    pub(crate) fn new(most: usize, limit: usize) -> Self {
        let bytes = Bytes::up_to(limit);
        Self { most, bytes: Arc::new(bytes), door: Arc::default(), slots: Arc::new(Semaphore::new(most)) }
    }

    /// Waits until there is room for `most` messages. Where that takes long it is content with
    /// less, one at the least: fuller polls are fewer, but a slow message must not stop them.
    ///
    /// # Cancel safety
    /// Dropped, it takes nothing.
    pub(crate) async fn reserve(&self, most: usize) -> Slots {
        let _one_after_another = self.door.lock().await;
        while !self.bytes.suffice() {
            sleep(PATIENCE).await;
        }
        let most = most.min(self.most);
        let all = timeout(PATIENCE, self.slots.clone().acquire_many_owned(count(most))).await;
        if let Ok(all) = all {
            return self.slots(all.expect("nobody closes the semaphore"));
        }
        let one = self.slots.clone().acquire_owned().await;
        let mut permit = one.expect("nobody closes the semaphore");
        let more = self.slots.available_permits().min(most - 1);
        if let Ok(more) = self.slots.clone().try_acquire_many_owned(count(more)) {
            permit.merge(more);
        }
        self.slots(permit)
    }

    /// Bytes of messages that are held, or expected from open polls.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.taken.load(Ordering::Relaxed)
    }

    /// Whether they are so many that no further poll is opened.
    pub(crate) fn is_heavy(&self) -> bool {
        !self.bytes.suffice()
    }

    fn slots(&self, permit: OwnedSemaphorePermit) -> Slots {
        let mut slots = Slots { permit, bytes: 0, all: self.bytes.clone() };
        slots.weigh(self.bytes.late_answer.load(Ordering::Relaxed));
        slots
    }
}

impl Slots {
    /// Room for one message that no queue handed out.
    #[cfg(feature = "testing")]
    pub(crate) fn of_one() -> Self {
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("it is free");
        Self { permit, bytes: 0, all: Arc::new(Bytes::up_to(usize::MAX)) }
    }

    /// For how many messages.
    pub(crate) fn len(&self) -> usize {
        self.permit.num_permits()
    }

    /// One of them, for a message of `bytes`. Where none is left, as the queue handed out more than
    /// it was asked for, the message is held beyond the room that there is.
    pub(crate) fn split(&mut self, bytes: usize) -> Self {
        let one = self.permit.num_permits().min(1);
        let permit = self.permit.split(one).expect("no more are split off than there are");
        let mut slot = Self { permit, bytes: 0, all: self.all.clone() };
        slot.weigh(bytes);
        slot
    }

    /// Gives back all but `most` of them.
    pub(crate) fn shrink(&mut self, most: usize) {
        drop(self.permit.split(self.len().saturating_sub(most)));
    }

    /// The poll brought `bytes` in all.
    pub(crate) fn answered(&self, bytes: usize) {
        self.all.answered(bytes);
    }

    fn weigh(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.all.taken.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.all.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Bytes {
    fn up_to(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0), late_answer: AtomicUsize::new(0) }
    }

    /// Whether one more poll may be opened; the only one always may.
    fn suffice(&self) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        taken == 0 || taken + self.late_answer.load(Ordering::Relaxed) <= self.limit
    }

    /// What a large answer brought is forgotten slowly, an eighth with each smaller one.
    fn answered(&self, bytes: usize) {
        let late = self.late_answer.load(Ordering::Relaxed);
        self.late_answer.store(bytes.max(late - late.div_ceil(8)), Ordering::Relaxed);
    }
}

fn count(slots: usize) -> u32 {
    u32::try_from(slots).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 32 << 20;

    #[tokio::test(start_paused = true)]
    async fn a_poll_takes_what_room_there_is() {
        let capacity = Capacity::new(13, BYTES);
        let first = capacity.reserve(10).await;
        let second = capacity.reserve(10).await;
        assert_eq!((first.len(), second.len()), (10, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_message_does_not_stop_the_polling() {
        let capacity = Capacity::new(10, BYTES);
        let mut all = capacity.reserve(10).await;
        let slow = all.split(1);
        drop(all);
        assert_eq!(capacity.reserve(10).await.len(), 9);
        drop(slow);
    }

    #[tokio::test(start_paused = true)]
    async fn while_large_messages_are_held_nobody_polls() {
        let capacity = Capacity::new(1_000, BYTES);
        let mut poll = capacity.reserve(10).await;
        let large = poll.split(BYTES + 1);
        drop(poll);
        assert_eq!(capacity.bytes(), BYTES + 1);
        let second = std::time::Duration::from_secs(1);
        assert!(timeout(second, capacity.reserve(10)).await.is_err());
        drop(large);
        assert_eq!(capacity.reserve(10).await.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_polls_are_open_as_may_all_bring_large_messages() {
        let capacity = Capacity::new(1_000, BYTES);
        capacity.reserve(10).await.answered(10 << 20);
        let mut open = Vec::new();
        let second = std::time::Duration::from_secs(1);
        while let Ok(poll) = timeout(second, capacity.reserve(10)).await {
            open.push(poll);
        }
        assert_eq!(open.len(), 3);
        (0..100).for_each(|_| open[0].answered(100));
        open.clear();
        for _ in 0..10 {
            open.push(timeout(second, capacity.reserve(10)).await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_room_nobody_polls() {
        let capacity = Capacity::new(10, BYTES);
        let _all = capacity.reserve(10).await;
        let second = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(second, capacity.reserve(10)).await.is_err());
    }
}
