//! Batches of deliveries: how large they may get, and what they hold.

use crate::delivery::Delivery;

/// Deliveries that one worker is to take together. Never empty, and within the limits of a batch.
pub(crate) type Batch = Vec<Delivery>;

/// How large a batch may get. It never waits to get there.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// Messages.
    pub rows: usize,
    /// Bytes of all bodies; a single larger one is a batch of its own.
    pub bytes: usize,
}

impl BatchLimits {
    /// How many of the first deliveries make a batch, one at the least even where there are none. One that is
    /// to be handled alone
    /// is a batch of its own.
    pub(crate) fn fit<'a>(self, deliveries: impl Iterator<Item = &'a Delivery>) -> usize {
        let mut bytes = 0;
        let fits = deliveries.take(self.rows).take_while(|delivery| {
            bytes += delivery.message.body.len();
            bytes <= self.bytes && !delivery.is_alone
        });
        fits.count().max(1)
    }
}

/// Of the bodies.
pub(crate) fn bytes_of(batch: &[Delivery]) -> usize {
    batch.iter().map(|delivery| delivery.message.body.len()).sum()
}
