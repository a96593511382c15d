//! The end when not everything can be finished: the rest is given back, and in time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_all_that_is_held_is_given_back() {
    let harness = Harness::new();
    harness.store.away_for(Duration::from_hours(1));
    harness.send(100);
    let run = harness.start();
    sleep(Duration::from_mins(2)).await;
    let (report, took) = harness.stop(run).await;
    assert_eq!((report.left, harness.visible()), (0, 100));
    assert_eq!(report.stats.released.get(), harness.queue.most_in_flight() as u64);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_no_worker_began_before_the_last_call_is_given_back() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.store.takes(Duration::from_secs(24));
    harness.send(40);
    let run = harness.start();
    harness.until("all are received", |harness| harness.queue.most_in_flight() == 40).await;
    let (report, took) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.stored.get(), report.stats.released.get()), (0, 2, 38));
    assert_eq!(harness.visible(), 38);
    assert!(took <= Duration::from_secs(24), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_put_by_for_its_next_batch_is_given_back_too() {
    let harness = Harness::with(|settings| settings.batch.bytes = 100);
    harness.store.takes(Duration::from_secs(24));
    for _ in 0..10 {
        harness.send_body(&"x".repeat(60));
    }
    let run = harness.start();
    harness.until("all are received", |harness| harness.queue.most_in_flight() == 10).await;
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.stored.get(), report.stats.released.get()), (0, 2, 8));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlasts_the_grace_leaves_its_messages_to_their_timeout() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.store.takes(Duration::from_hours(1));
    harness.send(10);
    let run = harness.start();
    sleep(Duration::from_secs(1)).await;
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.released.get(), harness.visible()), (2, 8, 8));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_silent_ends_the_run_at_the_grace_with_something_left() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(20);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 20).await;
    for _ in 0..50 {
        harness.queue.trouble(Operation::Delete, Trouble::Silent(Duration::from_mins(1)));
    }
    harness.store.let_go();
    let began = Instant::now();
    let report = run.stop().await;
    assert_eq!((report.left, began.elapsed().as_secs()), (20, 25));
    assert_eq!(harness.store.rows().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_hangs_does_not_keep_others_from_being_settled() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Short(10));
    harness.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(5)));
    harness.send(30);
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    let began = Instant::now();
    let report = run.stop().await;
    assert_eq!((report.left, report.open_polls, report.is_drained()), (0, 1, false));
    assert!(began.elapsed() <= Duration::from_secs(25));
}
