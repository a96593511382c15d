//! Compares what was sent with where it is: nothing lost, nothing doubled, nothing unexpected.
//!
//! The words are those of Jepsen's set test.

use std::collections::HashSet;

use shared::message::{DedupId, Message};

use super::fake::FakeQueue;

/// A body under an id: what was sent, or what took effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sent {
    /// Names the message end to end.
    pub id: DedupId,
    /// Its text.
    pub body: String,
}

/// What is wrong; nothing where all are empty.
#[derive(Debug, Default, PartialEq)]
pub struct Checker {
    /// Sent, and nowhere.
    pub lost: Vec<Sent>,
    /// Took effect, and was set aside with a reason as well.
    pub doubled: Vec<Sent>,
    /// Somewhere, and never sent like that.
    pub unexpected: Vec<Sent>,
    /// Deleted from the queue before it was anywhere else.
    pub early: Vec<Sent>,
}

impl Checker {
    /// Compares what was `sent` with what took effect, and with what the queue and its dead-letter queue
    /// hold now.
    pub fn new(sent: &[Sent], effects: &[Sent], queue: &FakeQueue) -> Self {
        let dead_letters = queue.dead_letters();
        let with_reason = dead_letters.iter().filter(|dead| dead.reason.is_some());
        let aside: Vec<_> = with_reason.map(|dead| Sent::from(&dead.message)).collect();
        let moved = dead_letters.iter().map(|dead| Sent::from(&dead.message));
        let queued = queue.messages().into_iter().map(|(message, _)| Sent::from(&message));
        let found: Vec<_> = effects.iter().cloned().chain(moved).chain(queued).collect();
        let (all_sent, anywhere): (HashSet<_>, HashSet<_>) = (sent.iter().collect(), found.iter().collect());
        Self {
            lost: sent.iter().filter(|sent| !anywhere.contains(sent)).cloned().collect(),
            doubled: aside.into_iter().filter(|sent| effects.contains(sent)).collect(),
            unexpected: found.iter().filter(|found| !all_sent.contains(found)).cloned().collect(),
            early: queue.deleted_early().iter().map(Sent::from).collect(),
        }
    }

    /// Fails the test where anything is wrong.
    ///
    /// # Panics
    /// Where anything is lost, doubled, unexpected or was deleted early; the text names it.
    pub fn assert_clean(&self) {
        assert_eq!(*self, Self::default(), "lost, doubled, unexpected or deleted early");
    }
}

impl From<&Message> for Sent {
    fn from(message: &Message) -> Self {
        Self { id: message.id, body: message.body.clone() }
    }
}
