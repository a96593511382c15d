//! What goes wrong with which call to the queue.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::Operation;

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It fails and has no effect.
    Unavailable,
    /// It has its effect, and the answer is lost.
    Lost,
    /// It has its effect, and is answered, only after this long.
    Late(Duration),
    /// It has no effect, and fails only after this long.
    Silent(Duration),
    /// The entries at these positions fail.
    Fails(Vec<usize>),
    /// A receive hands out each message twice.
    Twice,
    /// A receive hands out so many at the most.
    Short(usize),
    /// A receive hands out the newest first.
    Reversed,
    /// A receive hands out so many, whatever it was asked for.
    TooMany(usize),
    /// The call panics.
    Panics,
}

/// Troubles that are to come.
#[derive(Debug, Default)]
pub(super) struct Script {
    next: HashMap<Operation, VecDeque<Trouble>>,
    away_until: HashMap<Operation, Instant>,
}

impl Script {
    /// The next call of the kind without a trouble of its own gets this one.
    pub(super) fn add(&mut self, operation: Operation, trouble: Trouble) {
        self.next.entry(operation).or_default().push_back(trouble);
    }

    /// All calls of the kind fail until then.
    pub(super) fn away_until(&mut self, operation: Operation, end: Instant) {
        self.away_until.insert(operation, end);
    }

    /// From now on all is well.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What goes wrong with the call that is made now.
    pub(super) fn take(&mut self, operation: Operation) -> Option<Trouble> {
        if self.away_until.get(&operation).is_some_and(|end| Instant::now() < *end) {
            return Some(Trouble::Unavailable);
        }
        self.next.get_mut(&operation)?.pop_front()
    }
}
