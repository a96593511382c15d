//! What others see of a run: whether it moves on, and that looking costs nothing until it is done.

use std::sync::Arc;
use std::time::Duration;

use acquit_engine::monitor::State;
use acquit_engine::testing::run::Run;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

/// As the admin server does.
fn watch(run: &Run) -> AbortHandle {
    let monitor = Arc::clone(&run.monitor);
    tokio::spawn(async move { monitor.watch().await }).abort_handle()
}

/// That it is alive in each second of so many.
async fn stays_alive(run: &Run, seconds: u64) {
    for second in 0..seconds {
        sleep(Duration::from_secs(1)).await;
        let live = run.monitor.live();
        assert!(live.ok, "after {second} s: {}", live.detail);
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_never_ends_is_seen() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(10)));
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 44).await;
    sleep(Duration::from_secs(2)).await;
    assert!(!run.monitor.live().ok);
    assert_eq!(run.monitor.status().await.state, State::Stalled);
    sleep(Duration::from_mins(11)).await;
    assert!(run.monitor.live().ok, "it was over");
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn one_poll_that_never_ends_is_seen_among_others_that_do() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Short(10));
    harness.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(2)));
    harness.send(100);
    let run = harness.start();
    let watch = watch(&run);
    // As much as keeps the others busy.
    for _ in 0..600 {
        harness.send(30);
        sleep(Duration::from_millis(100)).await;
    }
    let recent =
        harness.queue.calls(Operation::Receive).last().is_some_and(|call| call.at.elapsed().as_secs() < 1);
    assert!(recent && !run.monitor.live().ok);
    sleep(Duration::from_mins(2)).await;
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_slept_is_not_taken_for_dead() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Silent(Duration::from_mins(10)));
    let run = harness.start();
    // Nobody looks, as where all of it was stopped.
    sleep(Duration::from_mins(5)).await;
    assert!(run.monitor.live().ok);
    let watch = watch(&run);
    stays_alive(&run, 44).await;
    sleep(Duration::from_secs(2)).await;
    assert!(!run.monitor.live().ok);
    sleep(Duration::from_mins(5)).await;
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_consumer_is_alive_and_ready() {
    let harness = Harness::new();
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 600).await;
    assert!(run.monitor.ready().await.iter().all(|check| check.ok));
    assert_eq!(run.monitor.status().await.state, State::Healthy);
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_it_is_alive_and_not_ready() {
    let harness = Harness::new();
    harness.store.away_for(Duration::from_mins(10));
    harness.send(10);
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 590).await;
    assert_eq!(run.monitor.status().await.state, State::DatabaseAway);
    // Back again, nobody takes the time that it was away for a standstill.
    stays_alive(&run, 60).await;
    assert!(run.monitor.ready().await.iter().all(|check| check.ok));
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_noticed_within_six_seconds_even_without_a_message() {
    let harness = Harness::new();
    let run = harness.start();
    assert!(run.monitor.ready().await.iter().all(|check| check.ok));
    harness.store.silent_for(Duration::from_mins(1));
    for _ in 0..6 {
        sleep(Duration::from_millis(900)).await;
        let asked = Instant::now();
        run.monitor.ready().await;
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
    let unwell: Vec<_> = run.monitor.ready().await.into_iter().filter(|check| !check.ok).collect();
    assert_eq!(unwell.iter().map(|check| check.name).collect::<Vec<_>>(), ["database"]);
    sleep(Duration::from_mins(1)).await;
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_queue_is_away_it_is_alive_and_not_ready() {
    let harness = Harness::new();
    for _ in 0..200 {
        harness.queue.trouble(Operation::Receive, Trouble::Unavailable);
    }
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 300).await;
    assert_eq!(run.monitor.status().await.state, State::QueueAway);
    sleep(Duration::from_mins(40)).await;
    assert_eq!(run.monitor.status().await.state, State::Healthy);
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_that_has_all_there_is_room_for_is_alive() {
    let harness = Harness::with(|settings| settings.max_in_flight = 10);
    harness.store.hold();
    harness.send(100);
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 200).await;
    harness.store.let_go();
    stays_alive(&run, 200).await;
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn paused_it_receives_nothing_finishes_what_it_has_and_is_alive() {
    let harness = Harness::new();
    let run = harness.start();
    let watch = watch(&run);
    harness.send(50);
    harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
    assert!(run.monitor.pause() && !run.monitor.pause());
    // Polls that are open may end.
    stays_alive(&run, 21).await;
    harness.send(50);
    let before = harness.queue.calls(Operation::Receive).len();
    stays_alive(&run, 600).await;
    assert_eq!((harness.queue.calls(Operation::Receive).len(), harness.visible()), (before, 50));
    assert_eq!(run.monitor.status().await.state, State::Paused);
    assert!(run.monitor.resume() && !run.monitor.resume());
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn resumed_while_the_store_is_away_it_still_waits_for_it() {
    let harness = Harness::new();
    harness.store.away_for(Duration::from_mins(5));
    harness.send(10);
    let run = harness.start();
    sleep(Duration::from_mins(1)).await;
    run.monitor.pause();
    run.monitor.resume();
    let before = harness.queue.calls(Operation::Receive).len();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(harness.queue.calls(Operation::Receive).len(), before);
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn paused_it_can_be_stopped() {
    let harness = Harness::new();
    let run = harness.start();
    run.monitor.pause();
    harness.stop(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_status_has_what_happened() {
    let harness = Harness::new();
    let run = harness.start();
    let watch = watch(&run);
    for second in 0..20 {
        harness.send(10);
        if second == 0 {
            harness.send_body("poison");
        }
        sleep(Duration::from_secs(1)).await;
    }
    let status = run.monitor.status().await;
    assert_eq!((status.totals.stored, status.totals.deleted), (200, 201));
    assert_eq!(status.dead_letters.get("data-error"), Some(&1));
    assert!((status.rates.stored.now - 10.0).abs() < 1.0, "{}", status.rates.stored.now);
    let calls = [Operation::Receive, Operation::Delete, Operation::ChangeVisibility, Operation::DeadLetter];
    let calls: usize = calls.into_iter().map(|operation| harness.queue.calls(operation).len()).sum();
    assert_eq!(status.cost.requests, calls as u64);
    watch.abort();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_status_shows_how_polls_and_settlement_follow_the_backlog() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(500);
    let run = harness.start();
    sleep(Duration::from_secs(5)).await;
    let busy = run.monitor.status().await;
    assert!(busy.polls_wanted > 1 && busy.polls_wanted <= busy.polls[1], "{} polls", busy.polls_wanted);
    assert_eq!(busy.in_flight.settling, 0, "nothing is done yet");
    harness.queue.trouble(Operation::Delete, Trouble::Silent(Duration::from_secs(5)));
    harness.store.let_go();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(run.monitor.status().await.in_flight.settling, 10, "one call has no answer yet");
    sleep(Duration::from_mins(3)).await;
    let idle = run.monitor.status().await;
    assert_eq!((idle.polls_wanted, idle.in_flight.settling), (1, 0));
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_holds_as_many_bytes_as_it_may_is_alive() {
    let harness = Harness::with(|settings| settings.batch.bytes = 1 << 20);
    harness.store.hold();
    harness.send_large(60);
    let run = harness.start();
    let watch = watch(&run);
    stays_alive(&run, 120).await;
    watch.abort();
    harness.store.let_go();
    harness.finish(run).await;
}
