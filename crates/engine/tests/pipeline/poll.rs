//! Polls: one while the queue is empty, more while it is not, and none waits for another.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_polled_by_one_whatever_receivers_says() {
    for receivers in [1, 8, 64] {
        let rig = Rig::with(|settings| settings.receivers = receivers);
        let run = rig.start();
        sleep(Duration::from_hours(1)).await;
        assert_eq!(rig.queue.most_open_polls(), 1);
        let polls = rig.queue.calls(Operation::Receive).len();
        assert!((175..=181).contains(&polls), "{polls} polls in an hour");
        rig.finish(run).await;
    }
}

#[tokio::test(start_paused = true)]
async fn polls_get_more_under_load_and_fewer_after() {
    let rig = Rig::with(|settings| settings.receivers = 8);
    rig.send(1_000);
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    assert_eq!(rig.queue.most_open_polls(), 8);
    sleep(Duration::from_mins(1)).await;
    rig.queue.most_open_polls();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(rig.queue.most_open_polls(), 1);
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_polled_by_one_however_little_room_there_is() {
    let rig = Rig::with(|settings| {
        settings.receivers = 10;
        settings.workers = 10;
        settings.max_in_flight = 10;
        settings.batch.rows = 1;
    });
    rig.send(140);
    for time in 1..=10 {
        rig.send_body(&format!("takes {}", 100 * time));
    }
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    sleep(Duration::from_mins(2)).await;
    rig.queue.most_open_polls();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(rig.queue.most_open_polls(), 1);
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_hangs_does_not_stop_the_others() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Receive, Trouble::Short(10));
    rig.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(1)));
    rig.send(500);
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    let hung = rig.queue.calls(Operation::Receive)[1].clone();
    assert_eq!(hung.ended, None, "everything was stored while it hung");
    sleep(Duration::from_mins(1)).await;
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn polls_that_do_not_wait_do_not_spin() {
    let rig = Rig::with(|settings| settings.wait_time = Duration::ZERO);
    let run = rig.start();
    sleep(Duration::from_secs(10)).await;
    let polls = rig.queue.calls(Operation::Receive).len();
    assert!(polls <= 51, "{polls} polls, one after the other");
    assert_eq!(rig.queue.most_open_polls(), 1);
    rig.finish(run).await;
}

/// Polls for a message every 20 ms, 500 in all.
async fn polls_for_a_trickle(linger: Duration) -> usize {
    let rig = Rig::with(|settings| settings.poll_linger = linger);
    let run = rig.start();
    for _ in 0..500 {
        rig.send(1);
        sleep(Duration::from_millis(20)).await;
    }
    let polls = rig.queue.calls(Operation::Receive).len();
    rig.finish(run).await;
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
    let rig = Rig::with(|settings| {
        settings.receivers = 1;
        settings.poll_linger = Duration::from_secs(10);
    });
    rig.send(1_001);
    let began = Instant::now();
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let (_, took) = rig.stop(run).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
