//! Between receivers and workers: deliveries travel in parcels, an answer of the queue at a time.
//!
//! One by one, they would wake a worker each, and be stored by as many statements.

use crate::batch::Parcel;
use crate::batch::bytes_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::batch::BatchLimits;
use crate::delivery::Delivery;

/// The receivers' end.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    parcels: async_channel::Sender<Parcel>,
    waiting: Arc<AtomicUsize>,
    limits: BatchLimits,
}

/// The workers' end. Each parcel goes to one of them.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    parcels: async_channel::Receiver<Parcel>,
    waiting: Arc<AtomicUsize>,
}

/// For as many deliveries as anybody holds; parcels are at most as large as `limits`.
pub(crate) fn channel(limits: BatchLimits) -> (Sender, Receiver) {
    let (sender, receiver) = async_channel::unbounded();
    let waiting = Arc::<AtomicUsize>::default();
    (Sender { parcels: sender, waiting: waiting.clone(), limits }, Receiver { parcels: receiver, waiting })
}

impl Sender {
    /// Passes them on. Where the other end is closed they come back to the queue by themselves.
    pub(crate) fn send(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        let mut parcel = Parcel::new();
        for delivery in deliveries {
            let bytes = bytes_of(&parcel) + delivery.message.body.len();
            if !parcel.is_empty() && (parcel.len() >= self.limits.rows || bytes > self.limits.bytes) {
                self.pass_on(std::mem::take(&mut parcel));
            }
            parcel.push(delivery);
        }
        if !parcel.is_empty() {
            self.pass_on(parcel);
        }
    }

    fn pass_on(&self, parcel: Parcel) {
        self.waiting.fetch_add(parcel.len(), Ordering::Relaxed);
        self.parcels.try_send(parcel).ok();
    }
}

impl Receiver {
    /// Waits for a parcel; `None` where there will be no more.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn recv(&self) -> Option<Parcel> {
        self.parcels.recv().await.ok().map(|parcel| self.taken(parcel))
    }

    /// A parcel, if one is there.
    pub(crate) fn try_recv(&self) -> Option<Parcel> {
        self.parcels.try_recv().ok().map(|parcel| self.taken(parcel))
    }

    /// Nothing more comes in; what is there can still be taken.
    pub(crate) fn close(&self) {
        self.parcels.close();
    }

    /// How many deliveries wait, for whoever wants to know later.
    pub(crate) fn waiting(&self) -> Arc<AtomicUsize> {
        self.waiting.clone()
    }

    fn taken(&self, parcel: Parcel) -> Parcel {
        self.waiting.fetch_sub(parcel.len(), Ordering::Relaxed);
        parcel
    }
}
