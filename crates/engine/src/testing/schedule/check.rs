//! What must hold after a schedule, whatever happened.

use crate::testing::checker::{Checker, Sent};
use crate::testing::fake::{FakeQueue, SetAside};
use crate::testing::observed::{About, Notes};

/// Few enough that a job which always fails is soon set aside.
pub(super) const RECEIVES: u32 = 12;

/// Compares what was sent with what the job said of it and with what was set aside.
pub(super) fn check(sent: &[Sent], notes: &Notes, queue: &FakeQueue) {
    let said = notes.said();
    let effects = said.effects.clone();
    let is_idempotent = said.duplicates > 0;
    let about = said.of.clone();
    drop(said);
    let checker = Checker::new(sent, &effects, queue);
    assert!(checker.lost.is_empty(), "lost: {:?}", checker.lost);
    assert!(checker.early.is_empty(), "deleted before they took effect: {:?}", checker.early);
    for sent in sent {
        let Some(about) = about.get(&sent.id) else { continue };
        assert!(!is_idempotent || about.done <= 1, "done {} times: {sent:?}", about.done);
        assert!(!claims_too_much(about), "said to be a duplicate, and never done: {sent:?}");
    }
    assert!(!is_idempotent || checker.doubled.is_empty(), "done and set aside: {:?}", checker.doubled);
    for aside in queue.dead_letters() {
        let about = about.get(&aside.message.id).cloned().unwrap_or_default();
        assert!(
            is_due(&aside, &about),
            "set aside, and the job never failed for it: {:?}",
            aside.message.body
        );
    }
}

/// Whether the job failed for it, or its receives were spent by faults.
fn is_due(aside: &SetAside, about: &About) -> bool {
    let is_spent = aside.message.receive_count >= RECEIVES;
    about.failed > 0 || was_cut_off(about) || (aside.reason.is_none() && is_spent)
}

/// A duplicate of nothing. A call that was cut off, by a crash or a panic, may have been done.
fn claims_too_much(about: &About) -> bool {
    about.duplicates > 0 && about.done == 0 && !was_cut_off(about)
}

fn was_cut_off(about: &About) -> bool {
    about.begun > about.ended
}
