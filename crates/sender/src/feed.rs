//! Where messages come from.

use std::future::Future;

use outbound::Outgoing;

/// A message with the number that it goes by in what is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Counts from where its feed begins.
    pub number: u64,
    /// What is sent.
    pub message: Outgoing,
}

/// Makes or reads messages, in order.
pub trait Feed: Send + 'static {
    /// The next messages, at least one and up to `most` of them (1 or more); none once there are no more.
    ///
    /// # Cancel safety
    /// Dropped, nothing is lost.
    fn take(&mut self, most: usize) -> impl Future<Output = Vec<Numbered>> + Send;
}
