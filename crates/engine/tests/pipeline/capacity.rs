//! Never more on loan than there is room for, and room is given back message by message.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_is_room_for() {
    for room in [1, 25, 100] {
        let rig = Rig::with(|settings| settings.max_in_flight = room);
        rig.store.hold();
        rig.send(200);
        let run = rig.start();
        sleep(Duration::from_mins(5)).await;
        assert_eq!(rig.queue.most_in_flight(), room);
        rig.store.let_go();
        rig.finish(run).await;
        assert_eq!(rig.queue.most_in_flight(), room);
    }
}

#[tokio::test(start_paused = true)]
async fn no_poll_asks_for_more_than_there_is_room_for() {
    let rig = Rig::with(|settings| settings.max_in_flight = 14);
    rig.store.hold();
    rig.send(50);
    let run = rig.start();
    sleep(Duration::from_secs(1)).await;
    let asked: Vec<_> = rig.queue.calls(Operation::Receive).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [10, 4]);
    rig.store.let_go();
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_message_stops_neither_polls_nor_other_messages() {
    let rig = Rig::with(|settings| {
        settings.max_in_flight = 10;
        settings.batch.rows = 1;
    });
    let slow = rig.send_body("takes 60000");
    let run = rig.start();
    rig.until("it is handled", |rig| rig.store.batches().len() == 1).await;
    rig.send(500);
    rig.until("all others are stored", |rig| rig.store.rows().len() == 500).await;
    assert!(!rig.store.rows().contains_key(&slow));
    rig.finish(run).await;
    assert!(rig.store.rows().contains_key(&slow));
}

#[tokio::test(start_paused = true)]
async fn room_that_gets_free_in_bits_makes_full_polls_all_the_same() {
    let rig = Rig::with(|settings| settings.max_in_flight = 50);
    rig.store.takes(Duration::from_millis(5));
    for _ in 0..40 {
        rig.queue.trouble(Operation::Delete, Trouble::Fails(vec![0, 1, 2]));
    }
    rig.send(500);
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    let polls = rig.queue.calls(Operation::Receive);
    let with_messages = polls.iter().filter(|poll| !poll.touched.is_empty()).count();
    assert!(with_messages <= 53, "{with_messages} polls for 500 messages");
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn more_messages_than_were_asked_for_are_handled_like_any_others() {
    let rig = Rig::with(|settings| settings.max_in_flight = 10);
    rig.queue.trouble(Operation::Receive, Trouble::TooMany(25));
    rig.send(40);
    let report = rig.finish(rig.start()).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (40, 40), "none comes twice");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_held_keep_polls_from_being_opened() {
    let rig = Rig::with(|settings| settings.batch.bytes = 1 << 20);
    rig.store.hold();
    rig.send_large(60);
    let run = rig.start();
    sleep(Duration::from_secs(5)).await;
    // An open poll may bring ten, too.
    assert!((20..=32).contains(&rig.queue.most_in_flight()), "{} MiB", rig.queue.most_in_flight());
    rig.store.let_go();
    rig.finish(run).await;
}
