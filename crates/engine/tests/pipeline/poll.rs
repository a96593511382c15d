//! Polls: one while the queue is empty, more while it is not, and none waits for another.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_polled_by_one_whatever_receivers_says() {
    for receivers in [1, 8, 64] {
        let harness = Harness::with(|settings| settings.receivers = receivers);
        let run = harness.start();
        sleep(Duration::from_hours(1)).await;
        assert_eq!(harness.queue.most_open_polls(), 1);
        let polls = harness.queue.calls(Operation::Receive).len();
        assert!((175..=181).contains(&polls), "{polls} polls in an hour");
        harness.finish(run).await;
    }
}

#[tokio::test(start_paused = true)]
async fn polls_get_more_under_load_and_fewer_after() {
    let harness = Harness::with(|settings| settings.receivers = 8);
    harness.send(1_000);
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert_eq!(harness.queue.most_open_polls(), 8);
    sleep(Duration::from_mins(1)).await;
    harness.queue.most_open_polls();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(harness.queue.most_open_polls(), 1);
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_polled_by_one_however_little_room_there_is() {
    let harness = Harness::with(|settings| {
        settings.receivers = 10;
        settings.workers = 10;
        settings.max_in_flight = 10;
        settings.batch.rows = 1;
    });
    harness.send(140);
    for time in 1..=10 {
        harness.send_body(&format!("takes {}", 100 * time));
    }
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    sleep(Duration::from_mins(2)).await;
    harness.queue.most_open_polls();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(harness.queue.most_open_polls(), 1);
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_hangs_does_not_stop_the_others() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Short(10));
    harness.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(1)));
    harness.send(500);
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    let hung = harness.queue.calls(Operation::Receive)[1].clone();
    assert_eq!(hung.ended, None, "everything was stored while it hung");
    sleep(Duration::from_mins(1)).await;
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn polls_that_do_not_wait_do_not_spin() {
    let harness = Harness::with(|settings| settings.wait_time = Duration::ZERO);
    let run = harness.start();
    sleep(Duration::from_secs(10)).await;
    let polls = harness.queue.calls(Operation::Receive).len();
    assert!(polls <= 51, "{polls} polls, one after the other");
    assert_eq!(harness.queue.most_open_polls(), 1);
    harness.finish(run).await;
}

/// Polls for a message every 20 ms, 500 in all.
async fn polls_for_a_trickle(linger: Duration) -> usize {
    let harness = Harness::with(|settings| settings.poll_linger = linger);
    let run = harness.start();
    for _ in 0..500 {
        harness.send(1);
        sleep(Duration::from_millis(20)).await;
    }
    let polls = harness.queue.calls(Operation::Receive).len();
    harness.finish(run).await;
    polls
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_lingers_brings_more_messages_at_once() {
    assert!(polls_for_a_trickle(Duration::ZERO).await >= 500);
    let polls = polls_for_a_trickle(Duration::from_millis(100)).await;
    assert!((80..=110).contains(&polls), "{polls} polls for 500 messages");
}

#[tokio::test(start_paused = true)]
async fn full_answers_do_not_linger_and_the_end_does_not_wait() {
    let harness = Harness::with(|settings| {
        settings.receivers = 1;
        settings.poll_linger = Duration::from_secs(10);
    });
    harness.send(1_001);
    let began = Instant::now();
    let run = harness.start();
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let (_, took) = harness.stop(run).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
