//! The deliveries of one group that this process holds: those that have begun, and those that wait.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::batch::{Batch, BatchLimits};
use crate::delivery::Delivery;

/// One lane. It lives while anything is in it.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// In the order in which they were received.
    waiting: BTreeMap<u64, Delivery>,
    arrivals: u64,
    /// How many have begun, and have not left.
    begun: usize,
    /// The first one failed, and is tried again then.
    rests_until: Option<Instant>,
}

/// What a lane wants.
#[derive(Debug)]
pub(super) enum Wish {
    /// To be left alone: some have begun, or the first one rests.
    Nothing,
    /// That these begin, at these places.
    Begin(Vec<(u64, Delivery)>),
    /// That what waits is given back: the queue may hand out the first one to somebody else.
    GiveBack,
    /// To be removed.
    Removal,
}

impl Lane {
    /// A delivery was received.
    pub(super) fn arrive(&mut self, delivery: Delivery) {
        self.waiting.insert(self.arrivals, delivery);
        self.arrivals += 1;
    }

    /// A delivery that had begun is back at its place. `rest`: it failed, and is left alone for so long.
    pub(super) fn come_back(&mut self, place: u64, delivery: Delivery, rest: Option<Duration>) {
        self.begun -= 1;
        self.waiting.insert(place, delivery);
        if let Some(rest) = rest {
            self.rests_until = Some(Instant::now() + rest);
        }
    }

    /// A delivery that had begun has left.
    pub(super) fn leave(&mut self) {
        self.begun -= 1;
    }

    /// Says what is to be done, and takes it for done. `most`: how much may begin at once; `None`: one
    /// delivery.
    pub(super) fn wish(&mut self, now: Instant, most: Option<BatchLimits>) -> Wish {
        if self.begun > 0 {
            return Wish::Nothing;
        }
        let Some(first) = self.waiting.first_entry() else { return Wish::Removal };
        if first.get().lease.is_over(now) {
            return Wish::GiveBack;
        }
        if self.rests_until.is_some_and(|until| until > now) {
            return Wish::Nothing;
        }
        self.rests_until = None;
        Wish::Begin(self.begin(most))
    }

    fn begin(&mut self, most: Option<BatchLimits>) -> Vec<(u64, Delivery)> {
        let count = most.map_or(1, |most| most.fit(self.waiting.values()));
        self.begun = count;
        std::iter::from_fn(|| self.waiting.pop_first()).take(count).collect()
    }

    /// Takes out all that waits, in its order, with the time that the first one has still to rest.
    pub(super) fn empty(&mut self, now: Instant) -> (Duration, Batch) {
        let rest =
            self.rests_until.take().map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        (rest, std::mem::take(&mut self.waiting).into_values().collect())
    }

    /// When it is to be looked at again though nothing happens; `None`: never.
    pub(super) fn due(&self) -> Option<Instant> {
        let until = self.rests_until.filter(|_| self.begun == 0)?;
        let first = self.waiting.first_key_value()?;
        Some(until.min(first.1.lease.limit()))
    }
}
