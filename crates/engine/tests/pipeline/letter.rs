//! Dead letters: only what can never be stored, with its reason, and never in silence.

use std::time::Duration;

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;
use shared::message::DedupId;

/// Ids and reasons of the dead letters, in the order of the ids.
fn letters(rig: &Rig) -> Vec<(DedupId, Option<&'static str>)> {
    let letters = rig.queue.letters();
    let mut letters: Vec<_> = letters.iter().map(|letter| (letter.message.id, letter.reason)).collect();
    letters.sort_unstable();
    letters
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_stored_is_set_aside_at_once_and_the_rest_of_its_batch_stored() {
    let rig = Rig::new();
    rig.send(4);
    let poison = rig.send_body("poison");
    rig.send(4);
    let report = rig.finish(rig.start()).await;
    assert_eq!(letters(&rig), [(poison, Some("data-error"))]);
    assert_eq!(rig.queue.letters()[0].message.receive_count, 1);
    let batches: Vec<_> = rig.store.batches().iter().map(|batch| batch.ids.len()).collect();
    assert_eq!(
        (batches, rig.store.rows().len()),
        (vec![9, 1], 8),
        "the one is tried again before it is blamed"
    );
    assert_eq!((report.stats.dead_lettered.get(), report.stats.deleted.get()), (1, 9));
}

#[tokio::test(start_paused = true)]
async fn an_id_with_another_text_is_set_aside() {
    let rig = Rig::new();
    let id = rig.send_body("hello");
    rig.send_as(id, "another text".into());
    rig.finish(rig.start()).await;
    assert_eq!(letters(&rig), [(id, Some("id-reused"))]);
    assert_eq!(rig.queue.letters()[0].message.body, "another text");
    assert_eq!(rig.store.rows()[&id], "hello 0");
}

#[tokio::test(start_paused = true)]
async fn the_last_receive_is_spent_knowingly() {
    let rig = Rig::new();
    rig.queue.give_up_after(Some(3));
    let strange = rig.send_body("strange");
    rig.send(10);
    let report = rig.finish(rig.start()).await;
    assert_eq!(letters(&rig), [(strange, Some("unknown-error"))]);
    assert_eq!(rig.queue.letters()[0].message.receive_count, 3);
    assert_eq!((report.stats.released.get(), report.stats.dead_lettered.get()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_set_aside_stays_in_the_queue() {
    let rig = Rig::new();
    for trouble in [Trouble::Away, Trouble::Silent(Duration::from_mins(1)), Trouble::Away] {
        rig.queue.trouble(Operation::DeadLetter, trouble);
    }
    let poison = rig.send_body("poison");
    let report = rig.finish(rig.start()).await;
    assert_eq!(letters(&rig), [(poison, Some("data-error"))]);
    assert_eq!((report.stats.released.get(), report.stats.received.get()), (3, 4));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_whose_delete_fails_is_written_once() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Delete, Trouble::Away);
    rig.queue.trouble(Operation::Delete, Trouble::Fails(vec![0]));
    rig.send_body("poison");
    rig.finish(rig.start()).await;
    assert_eq!(rig.queue.letters().len(), 1);
    assert_eq!(rig.queue.calls(Operation::DeadLetter).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_nothing_but_poison_is_set_aside_entirely() {
    let rig = Rig::with(|settings| settings.reject_limit = 0);
    for _ in 0..120 {
        rig.send_body("poison");
    }
    let report = rig.finish(rig.start()).await;
    assert_eq!((rig.queue.letters().len(), report.stats.dead_lettered.get()), (120, 120));
    assert!(rig.store.rows().is_empty());
}
