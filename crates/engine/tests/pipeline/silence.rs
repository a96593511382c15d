//! While SQS is away it is asked ever more rarely, by one poll, until it is back.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

const EVERYTHING: [Operation; 4] =
    [Operation::Receive, Operation::Delete, Operation::ChangeVisibility, Operation::DeadLetter];

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_away_is_asked_ever_more_rarely_by_one_poll() {
    let harness = Harness::with(|settings| settings.receivers = 16);
    harness.queue.away_for(&EVERYTHING, Duration::from_mins(10));
    let run = harness.start();
    sleep(Duration::from_mins(1)).await;
    let first = harness.queue.calls(Operation::Receive).len();
    sleep(Duration::from_mins(1)).await;
    let second = harness.queue.calls(Operation::Receive).len() - first;
    assert!((5..=40).contains(&first) && (4..=30).contains(&second), "{first}, then {second}");
    assert_eq!(harness.queue.most_open_polls(), 1);
    harness.send(50);
    let since = Instant::now();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert!(since.elapsed() < Duration::from_mins(8) + Duration::from_secs(11));
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_under_load_is_met_by_one_poll_as_well() {
    let harness = Harness::with(|settings| {
        settings.receivers = 8;
        settings.max_in_flight = 1_000;
    });
    harness.store.takes(Duration::from_millis(20));
    harness.send(3_000);
    let run = harness.start();
    harness.until("many polls are open", |harness| harness.queue.open_polls() == 8).await;
    harness.queue.away_for(&[Operation::Receive], Duration::from_secs(40));
    sleep(Duration::from_secs(2)).await;
    harness.queue.most_open_polls();
    let before = harness.queue.calls(Operation::Receive).len();
    sleep(Duration::from_secs(35)).await;
    assert!(harness.queue.most_open_polls() <= 1);
    assert!(harness.queue.calls(Operation::Receive).len() - before <= 40);
    let report = harness.finish(run).await;
    assert_eq!(report.stats.stored.get(), 3_000);
}

#[tokio::test(start_paused = true)]
async fn what_was_handled_while_the_queue_was_away_is_not_handled_again() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(20);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 20).await;
    harness.queue.away_for(&EVERYTHING, Duration::from_secs(5));
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.duplicates.get()), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_never_answers_stops_nothing_for_good() {
    let harness = Harness::new();
    for operation in EVERYTHING {
        harness.queue.trouble(operation, Trouble::Silent(Duration::from_secs(30)));
    }
    harness.send(30);
    harness.finish(harness.start()).await;
    assert_eq!(harness.store.rows().len(), 30);
}
