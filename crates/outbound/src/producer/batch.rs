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

    /// Puts these before all others, each to go by itself.
    pub(super) fn suspect(&mut self, suspects: impl DoubleEndedIterator<Item = Submitted>) {
        for suspect in suspects.rev() {
            self.0.push_front(Submitted { is_suspect: true, ..suspect });
        }
    }

    /// When the oldest will have waited for company long enough.
    pub(super) fn due(&self, linger: Duration) -> Option<Instant> {
        self.0.front().map(|oldest| oldest.since + linger)
    }

    /// Whether the next call is as large as it may be.
    pub(super) fn is_full(&self, order: &Order) -> bool {
        self.next(order).is_full
    }

    /// Takes out what goes into the next call.
    pub(super) fn take(&mut self, order: &Order) -> Vec<Submitted> {
        let places = self.next(order).places;
        if places.iter().copied().eq(0..places.len()) {
            return self.0.drain(..places.len()).collect();
        }
        let taken = places.iter().rev().filter_map(|place| self.0.remove(*place));
        let mut taken: Vec<_> = taken.collect();
        taken.reverse();
        taken
    }

    /// What goes into the next call: in order, and as much of it as fits.
    fn next(&self, order: &Order) -> Next {
        let (mut next, mut bytes) = (Next::default(), 0);
        for (place, Submitted { message, is_suspect, .. }) in self.0.iter().enumerate() {
            if order.is_under_way(message) {
                continue;
            }
            bytes += message.bytes() + CONTEXT;
            next.is_full = !next.places.is_empty() && (bytes > MAX_BYTES || *is_suspect);
            if next.is_full {
                break;
            }
            next.places.push(place);
            next.is_full = next.places.len() == MAX_BATCH || *is_suspect;
            if next.is_full {
                break;
            }
        }
        next
    }
}

/// A call that has not been made.
#[derive(Default)]
struct Next {
    /// Of its messages.
    places: Vec<usize>,
    /// Whether no other message would go with them.
    is_full: bool,
}
