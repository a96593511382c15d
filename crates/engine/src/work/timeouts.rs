//! Tells messages that take too long from an outage that makes all of them do so.
//!
//! A backend that hangs says nothing. So many different messages that took too long, with no success
//! in between, speak for it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use shared::message::DedupId;

use crate::verdict::Unavailable;

/// So many different messages cannot all be at fault.
const CERTAIN: usize = 10;
/// Fewer say nothing: one message may always take too long.
const MIN: usize = 2;

/// The messages that took too long since the last success.
#[derive(Debug)]
pub(crate) struct Timeouts {
    /// How many of them are an outage.
    limit: usize,
    messages: Mutex<HashSet<DedupId>>,
    /// Spares those who succeed the lock.
    is_any: AtomicBool,
}

impl Timeouts {
    /// As many as handlers run at once are an outage, and two at least.
    pub(crate) fn new(workers: usize) -> Arc<Self> {
        let limit = workers.max(MIN);
        Arc::new(Self { limit, messages: Mutex::default(), is_any: AtomicBool::new(false) })
    }

    /// A message succeeded, so work works.
    pub(crate) fn succeeded(&self) {
        if self.is_any.load(Ordering::Relaxed) {
            self.messages().clear();
            self.is_any.store(false, Ordering::Relaxed);
        }
    }

    /// A message took too long. Returns the outage that this speaks for; `None` leaves it to the message.
    ///
    /// On its last receive a message is to blame only where no other one took too long: it would be
    /// a dead letter at once. While work is known to be unavailable no message is to blame.
    pub(crate) fn timed_out(&self, id: DedupId, is_last: bool, is_known: bool) -> Option<Unavailable> {
        let mut messages = self.messages();
        self.is_any.store(true, Ordering::Relaxed);
        if messages.len() < self.limit.max(CERTAIN) {
            messages.insert(id);
        }
        let limit = if is_last { MIN } else { self.limit };
        (is_known || messages.len() >= limit).then(|| outage(messages.len()))
    }

    fn messages(&self) -> MutexGuard<'_, HashSet<DedupId>> {
        self.messages.lock().expect("nothing panics while holding the messages")
    }
}

/// While it is in doubt others are received to try with: those that are held may be at fault.
fn outage(count: usize) -> Unavailable {
    let why = Unavailable::passing("handlers do not end in time, and nothing succeeded in between");
    if count < CERTAIN { why.in_doubt() } else { why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> DedupId {
        DedupId::of(&number.to_string())
    }

    /// What is held of so many messages that take too long one after the other.
    fn held(timeouts: &Timeouts, messages: std::ops::Range<usize>) -> usize {
        messages.filter(|number| timeouts.timed_out(id(*number), false, false).is_some()).count()
    }

    #[test]
    fn as_many_as_handlers_run_at_once_are_an_outage_until_one_succeeds() {
        let timeouts = Timeouts::new(4);
        assert_eq!(held(&timeouts, 0..3), 0);
        timeouts.succeeded();
        assert_eq!(held(&timeouts, 0..10), 7);
        timeouts.succeeded();
        assert_eq!(held(&timeouts, 0..3), 0);
    }

    #[test]
    fn one_message_alone_is_never_an_outage_however_often_it_takes_too_long() {
        for workers in [1, 2, 4] {
            let timeouts = Timeouts::new(workers);
            assert!((0..100).all(|_| timeouts.timed_out(id(1), false, false).is_none()), "{workers}");
        }
    }

    #[test]
    fn on_the_last_receive_a_message_is_to_blame_only_where_no_other_took_too_long() {
        let timeouts = Timeouts::new(64);
        assert_eq!(timeouts.timed_out(id(1), true, false), None);
        assert!(timeouts.timed_out(id(2), true, false).is_some());
        assert!(timeouts.timed_out(id(1), true, false).is_some());
        timeouts.succeeded();
        assert_eq!(timeouts.timed_out(id(2), true, false), None);
    }

    #[test]
    fn while_work_is_unavailable_no_message_is_to_blame() {
        assert!(Timeouts::new(64).timed_out(id(1), true, true).is_some());
    }

    #[test]
    fn few_are_in_doubt_and_many_are_not() {
        for workers in [1, 64] {
            let timeouts = Timeouts::new(workers);
            let in_doubt = |number| timeouts.timed_out(id(number), false, true).unwrap().in_doubt;
            assert_eq!((0..20).filter(|number| in_doubt(*number)).count(), CERTAIN - 1, "{workers}");
        }
    }
}
