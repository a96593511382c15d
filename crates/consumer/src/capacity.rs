//! How many messages may be on loan at once: taken before a poll, given back when settled.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a poll waits for the room to be a full one.
const PATIENCE: Duration = Duration::from_millis(50);

/// Room for messages that are on loan.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    most: usize,
    door: Arc<Mutex<()>>,
    slots: Arc<Semaphore>,
}

/// Room for some messages. Dropped, it is free again.
#[derive(Debug)]
pub(crate) struct Slots(OwnedSemaphorePermit);

impl Capacity {
    /// Room for `most` messages in all.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, door: Arc::default(), slots: Arc::new(Semaphore::new(most)) }
    }

    /// Waits until there is room for `most` messages. Where that takes long it is content with
    /// less, one at the least: fuller polls are fewer, but a slow message must not stop them.
    ///
    /// # Cancel safety
    /// Dropped, it takes nothing.
    pub(crate) async fn reserve(&self, most: usize) -> Slots {
        let _one_after_another = self.door.lock().await;
        let most = most.min(self.most);
        let all = timeout(PATIENCE, self.slots.clone().acquire_many_owned(count(most))).await;
        if let Ok(all) = all {
            return Slots(all.expect("nobody closes the semaphore"));
        }
        let one = self.slots.clone().acquire_owned().await;
        let mut slots = one.expect("nobody closes the semaphore");
        let more = self.slots.available_permits().min(most - 1);
        if let Ok(more) = self.slots.clone().try_acquire_many_owned(count(more)) {
            slots.merge(more);
        }
        Slots(slots)
    }
}

impl Slots {
    /// For how many messages.
    pub(crate) fn len(&self) -> usize {
        self.0.num_permits()
    }

    /// One of them; `None` when none is left.
    pub(crate) fn split(&mut self) -> Option<Self> {
        self.0.split(1).map(Self)
    }
}

fn count(slots: usize) -> u32 {
    u32::try_from(slots).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_poll_takes_what_room_there_is() {
        let capacity = Capacity::new(13);
        let first = capacity.reserve(10).await;
        let second = capacity.reserve(10).await;
        assert_eq!((first.len(), second.len()), (10, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_message_does_not_stop_the_polling() {
        let capacity = Capacity::new(10);
        let mut all = capacity.reserve(10).await;
        let slow = all.split();
        drop(all);
        assert_eq!(capacity.reserve(10).await.len(), 9);
        drop(slow);
    }

    #[tokio::test(start_paused = true)]
    async fn without_room_nobody_polls() {
        let capacity = Capacity::new(10);
        let _all = capacity.reserve(10).await;
        let second = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(second, capacity.reserve(10)).await.is_err());
    }
}
