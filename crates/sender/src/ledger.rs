//! What is under way, and from which line on an input is to be sent again.

use std::collections::BTreeMap;

use outbound::Outgoing;

/// Messages that were taken up and are not settled.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By number; the messages themselves where they are kept.
    open: BTreeMap<u64, Option<Outgoing>>,
    next: u64,
}

impl Ledger {
    /// Before the message with this number.
    pub fn new(first: u64) -> Self {
        Self { open: BTreeMap::new(), next: first }
    }

    /// A message was taken up.
    pub fn open(&mut self, number: u64, message: Option<Outgoing>) {
        self.open.insert(number, message);
        self.pass(number);
    }

    /// There is nothing under this number that is to be sent.
    pub fn pass(&mut self, number: u64) {
        self.next = number + 1;
    }

    /// The message that is under way, where it is kept.
    pub fn message(&self, number: u64) -> Option<&Outgoing> {
        self.open.get(&number)?.as_ref()
    }

    /// It need not be sent again: it is on the queue, or written down elsewhere.
    pub fn settle(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// Whether nothing is under way.
    pub fn is_settled(&self) -> bool {
        self.open.is_empty()
    }

    /// Everything before this number is settled.
    pub fn resume_at(&self) -> u64 {
        self.open.keys().next().copied().unwrap_or(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_with_the_first_that_is_not_settled() {
        let mut ledger = Ledger::new(3);
        assert_eq!(ledger.resume_at(), 3);
        for number in [3, 4, 7] {
            ledger.open(number, None);
        }
        ledger.settle(4);
        assert_eq!(ledger.resume_at(), 3);
        ledger.settle(3);
        assert_eq!((ledger.resume_at(), ledger.is_settled()), (7, false));
        ledger.settle(7);
        assert_eq!((ledger.resume_at(), ledger.is_settled()), (8, true));
        ledger.pass(8);
        assert_eq!(ledger.resume_at(), 9);
    }

    #[test]
    fn a_message_is_kept_until_it_is_settled() {
        let (mut ledger, message) = (Ledger::new(1), Outgoing::new("id", "b"));
        ledger.open(1, Some(message.clone()));
        assert_eq!(ledger.message(1), Some(&message));
        ledger.settle(1);
        assert_eq!(ledger.message(1), None);
    }
}
