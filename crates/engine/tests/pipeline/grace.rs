//! The end when not everything can be finished: the rest is given back, and in time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_all_that_is_held_is_given_back() {
    let rig = Rig::new();
    rig.store.away_for(Duration::from_hours(1));
    rig.send(100);
    let run = rig.start();
    sleep(Duration::from_mins(2)).await;
    let (report, took) = rig.stop(run).await;
    assert_eq!((report.left, rig.visible()), (0, 100));
    assert_eq!(report.stats.released.get(), rig.queue.most_in_flight() as u64);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_no_worker_began_before_the_last_call_is_given_back() {
    let rig = Rig::with(|settings| settings.batch.rows = 1);
    rig.store.takes(Duration::from_secs(24));
    rig.send(40);
    let run = rig.start();
    rig.until("all are received", |rig| rig.queue.most_in_flight() == 40).await;
    let (report, took) = rig.stop(run).await;
    assert_eq!((report.left, report.stats.stored.get(), report.stats.released.get()), (0, 2, 38));
    assert_eq!(rig.visible(), 38);
    assert!(took <= Duration::from_secs(24), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_put_by_for_its_next_batch_is_given_back_too() {
    let rig = Rig::with(|settings| settings.batch.bytes = 100);
    rig.store.takes(Duration::from_secs(24));
    for _ in 0..10 {
        rig.send_body(&"x".repeat(60));
    }
    let run = rig.start();
    rig.until("all are received", |rig| rig.queue.most_in_flight() == 10).await;
    let (report, _) = rig.stop(run).await;
    assert_eq!((report.left, report.stats.stored.get(), report.stats.released.get()), (0, 2, 8));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlasts_the_grace_leaves_its_messages_to_their_timeout() {
    let rig = Rig::with(|settings| settings.batch.rows = 1);
    rig.store.takes(Duration::from_hours(1));
    rig.send(10);
    let run = rig.start();
    sleep(Duration::from_secs(1)).await;
    let (report, _) = rig.stop(run).await;
    assert_eq!((report.left, report.stats.released.get(), rig.visible()), (2, 8, 8));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_silent_ends_the_run_at_the_grace_with_something_left() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(20);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 20).await;
    for _ in 0..50 {
        rig.queue.trouble(Operation::Delete, Trouble::Silent(Duration::from_mins(1)));
    }
    rig.store.let_go();
    let began = Instant::now();
    let report = run.stop().await;
    assert_eq!((report.left, began.elapsed().as_secs()), (20, 25));
    assert_eq!(rig.store.rows().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_hangs_does_not_keep_others_from_being_settled() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Receive, Trouble::Short(10));
    rig.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(5)));
    rig.send(30);
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    let began = Instant::now();
    let report = run.stop().await;
    assert_eq!((report.left, report.open_polls, report.is_drained()), (0, 1, false));
    assert!(began.elapsed() <= Duration::from_secs(25));
}
