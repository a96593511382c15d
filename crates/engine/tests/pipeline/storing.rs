//! Every message becomes one row and leaves the queue, in that order.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn every_message_is_stored_once_and_deleted() {
    let harness = Harness::new();
    let run = harness.start();
    harness.send(137);
    let report = harness.finish(run).await;
    assert_eq!(
        (harness.store.rows().len(), report.stats.stored.get(), report.stats.deleted.get()),
        (137, 137, 137)
    );
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_deleted_only_after_it_was_stored() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(25);
    let run = harness.start();
    sleep(Duration::from_mins(2)).await;
    assert!(harness.queue.calls(Operation::Delete).is_empty());
    harness.store.let_go();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_in_one_answer_is_stored_once() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Twice);
    harness.send(5);
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_while_it_is_held_is_stored_once() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(5);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 5).await;
    harness.queue.expire();
    sleep(Duration::from_secs(1)).await;
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_sent_again_is_stored_once() {
    let harness = Harness::new();
    let id = harness.send_body("hello");
    harness.send_as(id, "hello 0".into());
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_though_the_answer_was_lost_is_stored_once() {
    let harness = Harness::new();
    harness.store.lose_answers(2);
    harness.send(20);
    let report = harness.finish(harness.start()).await;
    assert_eq!(harness.store.rows().len(), 20);
    assert_eq!(report.stats.deleted.get(), 20);
}

#[tokio::test(start_paused = true)]
async fn short_and_unordered_answers_lose_nothing() {
    let harness = Harness::new();
    for trouble in [Trouble::Reversed, Trouble::Short(1), Trouble::Short(3), Trouble::Twice] {
        harness.queue.trouble(Operation::Receive, trouble);
    }
    harness.send(60);
    harness.finish(harness.start()).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_brought_that_got_lost_comes_again() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Lost);
    harness.send(15);
    harness.finish(harness.start()).await;
    assert_eq!(harness.store.rows().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_process_held_is_stored_by_the_next_one() {
    let harness = Harness::new();
    harness.store.takes(Duration::from_millis(20));
    harness.send(40);
    let run = harness.start();
    harness.until("some are stored", |harness| !harness.store.rows().is_empty()).await;
    run.crash().await;
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert_eq!(run.stop().await.left, 0);
    assert_eq!(harness.store.rows().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_a_queue() {
    let harness = Harness::new();
    let (first, second) = (harness.start(), harness.start());
    harness.send(300);
    harness.finish(first).await;
    assert_eq!(second.stop().await.left, 0);
    assert_eq!(harness.store.rows().len(), 300);
}
