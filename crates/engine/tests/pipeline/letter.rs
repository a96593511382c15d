//! Dead letters: only what can never be stored, with its reason, and never in silence.

use std::time::Duration;

use shared::message::DedupId;

use crate::fake::{Operation, Trouble, reason};
use crate::harness::Harness;

/// Ids and reasons of the dead letters, in the order of the ids.
fn letters(harness: &Harness) -> Vec<(DedupId, Option<&'static str>)> {
    let letters = harness.queue.dead_letters();
    let mut letters: Vec<_> = letters.iter().map(|letter| (letter.message.id, reason(letter))).collect();
    letters.sort_unstable();
    letters
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_stored_is_set_aside_at_once_and_the_rest_of_its_batch_stored() {
    let harness = Harness::new();
    harness.send(4);
    let poison = harness.send_body("poison");
    harness.send(4);
    let report = harness.finish(harness.start()).await;
    assert_eq!(letters(&harness), [(poison, Some("data-error"))]);
    assert_eq!(harness.queue.dead_letters()[0].message.receive_count, 1);
    let batches: Vec<_> = harness.store.batches().iter().map(|batch| batch.ids.len()).collect();
    assert_eq!(
        (batches, harness.store.rows().len()),
        (vec![9, 1], 8),
        "the one is tried again before it is blamed"
    );
    assert_eq!((report.stats.dead_lettered.get(), report.stats.deleted.get()), (1, 9));
}

#[tokio::test(start_paused = true)]
async fn an_id_with_another_text_is_set_aside() {
    let harness = Harness::new();
    let id = harness.send_body("hello");
    harness.send_as(id, "another text".into());
    harness.finish(harness.start()).await;
    assert_eq!(letters(&harness), [(id, Some("id-reused"))]);
    assert_eq!(harness.queue.dead_letters()[0].message.body, "another text");
    assert_eq!(harness.store.rows()[&id], "hello 0");
}

#[tokio::test(start_paused = true)]
async fn the_last_receive_is_spent_knowingly() {
    let harness = Harness::new();
    harness.queue.give_up_after(Some(3));
    let strange = harness.send_body("strange");
    harness.send(10);
    let report = harness.finish(harness.start()).await;
    assert_eq!(letters(&harness), [(strange, Some("unknown-error"))]);
    assert_eq!(harness.queue.dead_letters()[0].message.receive_count, 3);
    assert_eq!((report.stats.released.get(), report.stats.dead_lettered.get()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_set_aside_stays_in_the_queue() {
    let harness = Harness::new();
    for trouble in [Trouble::Unavailable, Trouble::Silent(Duration::from_mins(1)), Trouble::Unavailable] {
        harness.queue.trouble(Operation::DeadLetter, trouble);
    }
    let poison = harness.send_body("poison");
    let report = harness.finish(harness.start()).await;
    assert_eq!(letters(&harness), [(poison, Some("data-error"))]);
    assert_eq!((report.stats.released.get(), report.stats.received.get()), (3, 4));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_whose_delete_fails_is_written_once() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Delete, Trouble::Unavailable);
    harness.queue.trouble(Operation::Delete, Trouble::Fails(vec![0]));
    harness.send_body("poison");
    harness.finish(harness.start()).await;
    assert_eq!(harness.queue.dead_letters().len(), 1);
    assert_eq!(harness.queue.calls(Operation::DeadLetter).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_nothing_but_poison_is_set_aside_entirely() {
    let harness = Harness::with(|settings| settings.reject_limit = 0);
    for _ in 0..120 {
        harness.send_body("poison");
    }
    let report = harness.finish(harness.start()).await;
    assert_eq!((harness.queue.dead_letters().len(), report.stats.dead_lettered.get()), (120, 120));
    assert!(harness.store.rows().is_empty());
}
