//! Messages are blamed only where a witness speaks against them; without one, only so many are.

use std::time::Duration;

use acquit_engine::monitor::State;
use tokio::time::sleep;

use crate::fake::Operation;
use crate::harness::Harness;

const MISTAKE: Duration = Duration::from_mins(2);

/// A harness whose table has a row.
async fn with_a_row(limit: usize) -> (Harness, acquit_engine::testing::run::Run) {
    let harness = Harness::with(|settings| {
        settings.max_in_flight = 1_000;
        settings.reject_limit = limit;
    });
    harness.send(1);
    let run = harness.start();
    harness.until("it is stored", |harness| harness.queue.is_empty()).await;
    (harness, run)
}

#[tokio::test(start_paused = true)]
async fn a_mistake_that_hits_all_rows_alike_dead_letters_nothing_and_work_resumes_by_itself() {
    let (harness, run) = with_a_row(20).await;
    harness.store.broken_for(MISTAKE);
    harness.send(100);
    // What polls bring that were open already.
    sleep(MISTAKE / 4).await;
    let polls = harness.queue.calls(Operation::Receive).len();
    harness.send(100);
    sleep(MISTAKE / 2).await;
    assert_eq!(harness.queue.calls(Operation::Receive).len(), polls, "nothing is received meanwhile");
    let status = run.monitor.status().await;
    assert_eq!((status.state, status.held_for_rejects.as_deref()), (State::NeedsHelp, Some("broken")));
    assert!(run.monitor.live().ok);
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), harness.queue.dead_letters().len()), (201, 0));
}

#[tokio::test(start_paused = true)]
async fn a_mistake_is_survived_on_the_last_receive() {
    let harness = Harness::new();
    harness.queue.give_up_after(Some(1));
    harness.send(1);
    let run = harness.start();
    harness.until("it is stored", |harness| harness.queue.is_empty()).await;
    harness.store.broken_for(MISTAKE);
    harness.send(30);
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mistake_that_is_mended_just_before_the_witness_is_asked_blames_nobody() {
    let (harness, run) = with_a_row(20).await;
    harness.store.hold();
    harness.send(10);
    harness.until("they are held", |harness| harness.store.batches().len() >= 2).await;
    harness.store.mend_after_a_refusal();
    harness.store.let_go();
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_bad_rows_stops_nothing_where_a_row_was_stored_before() {
    let (harness, run) = with_a_row(20).await;
    for _ in 0..200 {
        harness.send_body("poison");
    }
    harness.send(1_000);
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.dead_lettered.get()), (1_001, 200));
    assert!(harness.store.witnesses() > 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_witness_and_a_limit_all_bad_rows_are_believed() {
    let harness = Harness::with(|settings| settings.reject_limit = 0);
    for _ in 0..200 {
        harness.send_body("poison");
    }
    harness.send(1_000);
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.dead_lettered.get()), (1_000, 200));
}

#[tokio::test(start_paused = true)]
async fn without_a_witness_only_so_many_are_believed_and_others_are_tried_one_by_one() {
    let harness = Harness::with(|settings| settings.max_in_flight = 1_000);
    for _ in 0..60 {
        harness.send_body("poison");
    }
    let run = harness.start();
    harness.until("the limit is reached", |harness| harness.queue.dead_letters().len() == 20).await;
    // What polls bring that were open already.
    sleep(Duration::from_secs(30)).await;
    assert_eq!(harness.queue.dead_letters().len(), 20);
    let status = run.monitor.status().await;
    assert!(status.held_for_rejects.is_some_and(|why| why.contains("20 messages in a row")));
    let before = harness.queue.calls(Operation::Receive).len();
    harness.send_body("poison");
    harness.send(5);
    let report = harness.finish(run).await;
    let polls = &harness.queue.calls(Operation::Receive)[before..];
    assert_eq!(polls[0].asked, 1, "one message is received to try with");
    // The first that was stored is the witness against all others.
    assert_eq!((report.stats.stored.get(), harness.queue.dead_letters().len()), (5, 61));
}

#[tokio::test(start_paused = true)]
async fn rejects_that_an_operator_accepts_are_set_aside_until_a_message_succeeds() {
    let harness = Harness::with(|settings| settings.max_in_flight = 1_000);
    for _ in 0..60 {
        harness.send_body("poison");
    }
    let run = harness.start();
    assert!(!run.monitor.accept_rejects(), "nothing is held yet");
    harness.until("the limit is reached", |harness| harness.queue.dead_letters().len() == 20).await;
    sleep(Duration::from_mins(1)).await;
    assert!(run.monitor.accept_rejects());
    harness.until("all are set aside", |harness| harness.queue.dead_letters().len() == 60).await;
    assert_eq!(run.monitor.status().await.held_for_rejects, None);
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_what_it_was_holds_what_it_refuses_until_an_operator_accepts() {
    let (harness, run) = with_a_row(20).await;
    harness.store.change();
    let poison = harness.send_body("poison");
    sleep(Duration::from_mins(10)).await;
    assert!(harness.queue.dead_letters().is_empty());
    assert!(run.monitor.accept_rejects());
    // A success in between does not take it back.
    harness.send(1);
    harness.until("it is set aside", |harness| harness.queue.dead_letters().len() == 1).await;
    assert_eq!(harness.queue.dead_letters()[0].message.id, poison);
    // Things are meant to be as they are now.
    harness.send(1);
    harness.send_body("poison");
    harness.finish(run).await;
    assert_eq!(harness.queue.dead_letters().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_now_is_no_message_s_fault_while_all_fails() {
    let (harness, run) = with_a_row(20).await;
    harness.queue.give_up_after(Some(2));
    harness.store.broken_for(MISTAKE);
    harness.send_body("flaky 1");
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), harness.queue.dead_letters().len()), (2, 0));
}
