//! What waits to be sent, and what of it goes into the next call.

use std::collections::VecDeque;
use std::time::Duration;

use shared::limits::{MAX_BATCH, MAX_BYTES};
use tokio::time::Instant;

use super::order::Order;
use super::submitted::Submitted;
use crate::trace::CONTEXT;

/// What waits to be sent, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<Submitted>);

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, submitted: impl IntoIterator<Item = Submitted>) {
        self.0.extend(submitted);
    }

    /// Puts these before all others.
    pub(super) fn put_first(&mut self, first: impl DoubleEndedIterator<Item = Submitted>) {
        for submitted in first.rev() {
            self.0.push_front(submitted);
        }
    }

    /// When the oldest will have waited for company long enough.
    pub(super) fn due(&self, linger: Duration) -> Option<Instant> {
        self.0.front().map(|oldest| oldest.since + linger)
    }

    /// What goes into the next call: in order, and as much of it as fits.
    pub(super) fn next(&self, order: &Order) -> Next {
        let (mut next, mut bytes) = (Next::default(), 0);
        let free = self.0.iter().enumerate().filter(|(_, waiting)| !order.is_under_way(&waiting.message));
        for (place, Submitted { message, is_suspect, .. }) in free {
            bytes += message.bytes() + CONTEXT;
            if !next.places.is_empty() && (bytes > MAX_BYTES || *is_suspect) {
                next.is_full = true;
                break;
            }
            next.places.push(place);
            if next.places.len() == MAX_BATCH || *is_suspect {
                next.is_full = true;
                break;
            }
        }
        next
    }

    /// Takes out what goes into the call, which was the next one a moment ago.
    pub(super) fn take(&mut self, Next { places, .. }: &Next) -> Vec<Submitted> {
        if places.iter().copied().eq(0..places.len()) {
            return self.0.drain(..places.len()).collect();
        }
        let taken = places.iter().rev().filter_map(|place| self.0.remove(*place));
        let mut taken: Vec<_> = taken.collect();
        taken.reverse();
        taken
    }
}

/// A call that has not been made.
#[derive(Debug, Default)]
pub(super) struct Next {
    /// Of its messages.
    places: Vec<usize>,
    /// Whether no other message would go with them.
    pub(super) is_full: bool,
}

impl Next {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
