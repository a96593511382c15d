//! From which line on an input is to be sent again: the first of which nothing is known for sure.

use std::collections::BTreeMap;

/// Lines that are read and not settled.
#[derive(Debug)]
pub struct Ledger {
    /// By number: where it ends.
    open: BTreeMap<u64, u64>,
    next: u64,
    end: u64,
}

impl Ledger {
    /// Before the line with this number.
    pub fn new(first: u64) -> Self {
        Self { open: BTreeMap::new(), next: first, end: 0 }
    }

    /// A line was read, up to the byte `end` of the input.
    pub fn open(&mut self, number: u64, end: u64) {
        self.open.insert(number, end);
        self.next = number + 1;
    }

    /// It need not be sent again: it is on the queue, or written down elsewhere.
    pub fn settle(&mut self, number: u64) {
        if let Some(end) = self.open.remove(&number) {
            self.end = self.end.max(end);
        }
    }

    /// Everything before this line is settled.
    pub fn resume_at(&self) -> u64 {
        self.open.keys().next().copied().unwrap_or(self.next)
    }

    /// Bytes of the input up to the end of the last line that is settled.
    pub fn bytes(&self) -> u64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_with_the_first_line_that_is_not_settled() {
        let mut ledger = Ledger::new(3);
        assert_eq!(ledger.resume_at(), 3);
        for number in [3, 4, 7] {
            ledger.open(number, number * 10);
        }
        ledger.settle(4);
        assert_eq!((ledger.resume_at(), ledger.bytes()), (3, 40));
        ledger.settle(3);
        assert_eq!((ledger.resume_at(), ledger.bytes()), (7, 40));
        ledger.settle(7);
        assert_eq!((ledger.resume_at(), ledger.bytes()), (8, 70));
    }
}
