//! While the store is away nothing is received and nothing is spent; work resumes by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Handled, Operation};
use crate::harness::Harness;

const SECOND: Duration = Duration::from_secs(1);
const OUTAGE: Duration = Duration::from_secs(91);
/// Three visibility timeouts, and still away.
const NEARLY: Duration = Duration::from_secs(90);

#[tokio::test(start_paused = true)]
async fn nothing_is_received_while_the_store_is_away() {
    let harness = Harness::with(|settings| settings.max_in_flight = 1_000);
    let run = harness.start();
    harness.send(30);
    harness.until("all are stored", |harness| harness.queue.is_empty()).await;
    harness.store.away_for(OUTAGE);
    let back = Instant::now() + OUTAGE;
    harness.send(100);
    // What polls that were open already brought.
    sleep(NEARLY / 3).await;
    let before = harness.queue.calls(Operation::Receive).len();
    harness.send(200);
    sleep(NEARLY / 3).await;
    assert_eq!(harness.queue.calls(Operation::Receive).len(), before);
    let untouched = harness.queue.messages().into_iter().filter(|(message, _)| message.receive_count == 0);
    assert!(untouched.count() >= 200 && Instant::now() < back);
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert!(Instant::now() < back + Duration::from_secs(5), "it resumes soon after");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_held_stays_held_and_spends_no_receive() {
    let harness = Harness::new();
    harness.store.away_for(OUTAGE);
    harness.send(70);
    let run = harness.start();
    sleep(NEARLY).await;
    let counts: Vec<_> = harness.queue.messages().iter().map(|(message, _)| message.receive_count).collect();
    assert_eq!(counts.len(), 70);
    assert!(counts.iter().all(|count| *count <= 1), "three visibility timeouts, one receive: {counts:?}");
    let report = harness.finish(run).await;
    assert_eq!(
        (report.stats.stored.get(), report.stats.duplicates.get(), report.stats.lost.get()),
        (70, 0, 0)
    );
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_one_message_at_a_time_is_tried_and_each_time_another() {
    let harness = Harness::with(|settings| settings.workers = 4);
    harness.store.away_for(OUTAGE);
    harness.store.takes(Duration::from_millis(400));
    harness.send(50);
    let run = harness.start();
    sleep(NEARLY).await;
    let batches = harness.store.batches();
    let first = batches[0].at;
    let trials: Vec<_> = batches.iter().skip_while(|batch| batch.at - first < SECOND).collect();
    assert!((20..150).contains(&trials.len()), "{} trials", trials.len());
    assert!(trials.iter().all(|trial| trial.ids.len() == 1), "{trials:?}");
    assert!(
        trials.windows(2).all(|pair| pair[1].at - pair[0].at >= Duration::from_millis(400)),
        "{trials:?}"
    );
    let different =
        |tried: &[&Handled]| tried.iter().map(|trial| trial.ids[0]).collect::<BTreeSet<_>>().len();
    assert!(trials.windows(4).all(|four| different(four) == 4), "{trials:?}");
    assert!(different(&trials) > 25, "all are tried in turn");
    assert_eq!(harness.store.looks(), 0, "only work says whether work works");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn known_verdicts_stand_where_the_rest_of_a_batch_is_away() {
    let harness = Harness::new();
    harness.store.lose_answers(1);
    harness.send(10);
    let run = harness.start();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (10, 0), "none was a duplicate");
    let handled: usize = harness.store.batches().iter().map(|batch| batch.ids.len()).sum();
    assert_eq!(handled, 15, "only what was away is handled again");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_held_any_more_one_message_is_received_to_try_with() {
    const HOUR: Duration = Duration::from_hours(1);
    let harness = Harness::new();
    harness.store.away_for(HOUR * 14);
    harness.send(1);
    let run = harness.start();
    sleep(HOUR * 11).await;
    harness.store.silent_for(HOUR);
    harness.send(300);
    // SQS lets no message be held for longer than that.
    sleep(HOUR * 2 / 3).await;
    assert_eq!(harness.visible(), 301);
    let before = harness.queue.calls(Operation::Receive);
    sleep(HOUR / 4).await;
    assert_eq!(
        harness.queue.calls(Operation::Receive).len(),
        before.len(),
        "a look at the connection comes first"
    );
    sleep(HOUR).await;
    let polls = harness.queue.calls(Operation::Receive);
    let trials = &polls[before.len()..];
    assert_eq!(trials.iter().map(|poll| poll.asked).collect::<Vec<_>>(), [1]);
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn outages_that_come_and_go_lose_nothing() {
    let harness = Harness::new();
    let run = harness.start();
    for seconds in [1, 20, 3, 45] {
        harness.send(40);
        harness.store.away_for(Duration::from_secs(seconds));
        sleep(Duration::from_secs(seconds) + Duration::from_millis(700)).await;
    }
    let report = harness.finish(run).await;
    assert_eq!(report.stats.stored.get(), 160);
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_survived_on_the_last_receive() {
    let harness = Harness::new();
    harness.queue.give_up_after(Some(1));
    harness.store.away_for(OUTAGE);
    harness.send(20);
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.stored.get(), harness.queue.dead_letters().len()), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_does_not_come_to_an_end_is_asked_again_later() {
    let harness = Harness::new();
    harness.store.hold();
    let ids = harness.send(1);
    let run = harness.start();
    harness.until("it is asked again", |harness| harness.store.batches().len() == 2).await;
    let batches = harness.store.batches();
    assert_eq!(batches[1].ids, ids);
    assert!(batches[1].at - batches[0].at >= Duration::from_mins(5));
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (2, 1));
}
