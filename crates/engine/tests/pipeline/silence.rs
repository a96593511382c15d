//! While SQS is away it is asked ever more rarely, by one poll, until it is back.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

const EVERYTHING: [Operation; 4] =
    [Operation::Receive, Operation::Delete, Operation::ChangeVisibility, Operation::DeadLetter];

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_away_is_asked_ever_more_rarely_by_one_poll() {
    let rig = Rig::with(|settings| settings.receivers = 16);
    rig.queue.away_for(&EVERYTHING, Duration::from_mins(10));
    let run = rig.start();
    sleep(Duration::from_mins(1)).await;
    let first = rig.queue.calls(Operation::Receive).len();
    sleep(Duration::from_mins(1)).await;
    let second = rig.queue.calls(Operation::Receive).len() - first;
    assert!((5..=40).contains(&first) && (4..=30).contains(&second), "{first}, then {second}");
    assert_eq!(rig.queue.most_open_polls(), 1);
    rig.send(50);
    let since = Instant::now();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    assert!(since.elapsed() < Duration::from_mins(8) + Duration::from_secs(11));
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_under_load_is_met_by_one_poll_as_well() {
    let rig = Rig::with(|settings| {
        settings.receivers = 8;
        settings.max_in_flight = 1_000;
    });
    rig.store.takes(Duration::from_millis(20));
    rig.send(3_000);
    let run = rig.start();
    rig.until("many polls are open", |rig| rig.queue.open_polls() == 8).await;
    rig.queue.away_for(&[Operation::Receive], Duration::from_secs(40));
    sleep(Duration::from_secs(2)).await;
    rig.queue.most_open_polls();
    let before = rig.queue.calls(Operation::Receive).len();
    sleep(Duration::from_secs(35)).await;
    assert!(rig.queue.most_open_polls() <= 1);
    assert!(rig.queue.calls(Operation::Receive).len() - before <= 40);
    let report = rig.finish(run).await;
    assert_eq!(report.stats.stored.get(), 3_000);
}

#[tokio::test(start_paused = true)]
async fn what_was_handled_while_the_queue_was_away_is_not_handled_again() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(20);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 20).await;
    rig.queue.away_for(&EVERYTHING, Duration::from_secs(5));
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.duplicates.get()), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_never_answers_stops_nothing_for_good() {
    let rig = Rig::new();
    for operation in EVERYTHING {
        rig.queue.trouble(operation, Trouble::Silent(Duration::from_secs(30)));
    }
    rig.send(30);
    rig.finish(rig.start()).await;
    assert_eq!(rig.store.rows().len(), 30);
}
