//! Never more on loan than there is room for, and room is given back message by message.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_is_room_for() {
    for room in [1, 25, 100] {
        let harness = Harness::with(|settings| settings.max_in_flight = room);
        harness.store.hold();
        harness.send(200);
        let run = harness.start();
        sleep(Duration::from_mins(5)).await;
        assert_eq!(harness.queue.most_in_flight(), room);
        harness.store.let_go();
        harness.finish(run).await;
        assert_eq!(harness.queue.most_in_flight(), room);
    }
}

#[tokio::test(start_paused = true)]
async fn no_poll_asks_for_more_than_there_is_room_for() {
    let harness = Harness::with(|settings| settings.max_in_flight = 14);
    harness.store.hold();
    harness.send(50);
    let run = harness.start();
    sleep(Duration::from_secs(1)).await;
    let asked: Vec<_> = harness.queue.calls(Operation::Receive).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [10, 4]);
    harness.store.let_go();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_message_stops_neither_polls_nor_other_messages() {
    let harness = Harness::with(|settings| {
        settings.max_in_flight = 10;
        settings.batch.rows = 1;
    });
    let slow = harness.send_body("takes 60000");
    let run = harness.start();
    harness.until("it is handled", |harness| harness.store.batches().len() == 1).await;
    harness.send(500);
    harness.until("all others are stored", |harness| harness.store.rows().len() == 500).await;
    assert!(!harness.store.rows().contains_key(&slow));
    harness.finish(run).await;
    assert!(harness.store.rows().contains_key(&slow));
}

#[tokio::test(start_paused = true)]
async fn room_that_gets_free_in_bits_makes_full_polls_all_the_same() {
    let harness = Harness::with(|settings| settings.max_in_flight = 50);
    harness.store.takes(Duration::from_millis(5));
    for _ in 0..40 {
        harness.queue.trouble(Operation::Delete, Trouble::Fails(vec![0, 1, 2]));
    }
    harness.send(500);
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    let polls = harness.queue.calls(Operation::Receive);
    let with_messages = polls.iter().filter(|poll| !poll.touched.is_empty()).count();
    assert!(with_messages <= 53, "{with_messages} polls for 500 messages");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn more_messages_than_were_asked_for_are_handled_like_any_others() {
    let harness = Harness::with(|settings| settings.max_in_flight = 10);
    harness.queue.trouble(Operation::Receive, Trouble::TooMany(25));
    harness.send(40);
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (40, 40), "none comes twice");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_held_keep_polls_from_being_opened() {
    let harness = Harness::with(|settings| settings.batch.bytes = 1 << 20);
    harness.store.hold();
    harness.send_large(60);
    let run = harness.start();
    sleep(Duration::from_secs(5)).await;
    // An open poll may bring ten, too.
    assert!((20..=32).contains(&harness.queue.most_in_flight()), "{} MiB", harness.queue.most_in_flight());
    harness.store.let_go();
    harness.finish(run).await;
}
