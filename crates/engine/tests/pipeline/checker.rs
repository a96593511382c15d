//! Compares what was sent with where it is: nothing lost, nothing doubled, nothing unexpected.
//!
//! The words are those of Jepsen's set test.

use std::collections::BTreeMap;

use shared::message::{DedupId, Message};

use crate::fake::{FakeQueue, FakeStore};

/// What was sent under which id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) id: DedupId,
    pub(crate) body: String,
}

/// What is wrong.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Checker {
    /// Sent, and nowhere.
    pub(crate) lost: Vec<Sent>,
    /// Stored, and set aside as well.
    pub(crate) doubled: Vec<Sent>,
    /// Somewhere, and never sent like that.
    pub(crate) unexpected: Vec<Sent>,
    /// Deleted from the queue before it was anywhere else.
    pub(crate) early: Vec<Sent>,
}

impl Checker {
    pub(crate) fn new(sent: &[Sent], queue: &FakeQueue, store: &FakeStore) -> Self {
        let rows = store.rows();
        let letters = queue.letters();
        let with_reason = letters.iter().filter(|letter| letter.reason.is_some());
        let aside: Vec<_> = with_reason.map(|letter| Sent::from(&letter.message)).collect();
        let moved: Vec<_> = letters.iter().map(|letter| Sent::from(&letter.message)).collect();
        let queued: Vec<_> = queue.messages().iter().map(|(message, _)| Sent::from(message)).collect();
        let is_anywhere = |sent: &&Sent| stored(&rows, sent) || moved.contains(sent) || queued.contains(sent);
        let all_rows = rows.iter().map(|(id, body)| Sent { id: *id, body: body.clone() });
        Self {
            lost: sent.iter().filter(|sent| !is_anywhere(sent)).cloned().collect(),
            doubled: aside.into_iter().filter(|sent| stored(&rows, sent)).collect(),
            unexpected: all_rows
                .chain(moved.clone())
                .chain(queued.clone())
                .filter(|found| !sent.contains(found))
                .collect(),
            early: queue.deleted_early().iter().map(Sent::from).collect(),
        }
    }

    /// Fails the test where anything is wrong.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(*self, Self::default(), "lost, doubled, unexpected or deleted early");
    }
}

impl From<&Message> for Sent {
    fn from(message: &Message) -> Self {
        Self { id: message.id, body: message.body.clone() }
    }
}

fn stored(rows: &BTreeMap<DedupId, String>, sent: &Sent) -> bool {
    rows.get(&sent.id) == Some(&sent.body)
}

#[tokio::test(start_paused = true)]
async fn what_is_nowhere_is_lost_and_what_nobody_sent_is_unexpected() {
    let harness = crate::harness::Harness::new();
    harness.send_body("strange");
    let strange = harness.sent();
    let other = Sent { id: DedupId::of("other"), body: "other".into() };
    let checker = Checker::new(std::slice::from_ref(&other), &harness.queue, &harness.store);
    let (lost, unexpected) = (vec![other], strange);
    assert_eq!(checker, Checker { lost, unexpected, ..Checker::default() });
}
