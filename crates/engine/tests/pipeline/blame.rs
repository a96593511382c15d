//! Messages are blamed only where a witness speaks against them; without one, only so many are.

use std::time::Duration;

use acquit_engine::monitor::State;
use tokio::time::sleep;

use crate::fake::Operation;
use crate::rig::Rig;

const MISTAKE: Duration = Duration::from_mins(2);

/// A rig whose table has a row.
async fn with_a_row(limit: usize) -> (Rig, crate::run::Run) {
    let rig = Rig::with(|settings| {
        settings.max_in_flight = 1_000;
        settings.reject_limit = limit;
    });
    rig.send(1);
    let run = rig.start();
    rig.until("it is stored", |rig| rig.queue.is_empty()).await;
    (rig, run)
}

#[tokio::test(start_paused = true)]
async fn a_mistake_that_hits_all_rows_alike_dead_letters_nothing_and_work_resumes_by_itself() {
    let (rig, run) = with_a_row(20).await;
    rig.store.broken_for(MISTAKE);
    rig.send(100);
    // What polls bring that were open already.
    sleep(MISTAKE / 4).await;
    let polls = rig.queue.calls(Operation::Receive).len();
    rig.send(100);
    sleep(MISTAKE / 2).await;
    assert_eq!(rig.queue.calls(Operation::Receive).len(), polls, "nothing is received meanwhile");
    let status = run.monitor.status().await;
    assert_eq!((status.state, status.held_for_rejects.as_deref()), (State::NeedsHelp, Some("broken")));
    assert!(run.monitor.live().ok);
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), rig.queue.letters().len()), (201, 0));
}

#[tokio::test(start_paused = true)]
async fn a_mistake_is_survived_on_the_last_receive() {
    let rig = Rig::new();
    rig.queue.give_up_after(Some(1));
    rig.send(1);
    let run = rig.start();
    rig.until("it is stored", |rig| rig.queue.is_empty()).await;
    rig.store.broken_for(MISTAKE);
    rig.send(30);
    rig.finish(run).await;
    assert!(rig.queue.letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mistake_that_is_mended_just_before_the_witness_is_asked_blames_nobody() {
    let (rig, run) = with_a_row(20).await;
    rig.store.hold();
    rig.send(10);
    rig.until("they are held", |rig| rig.store.batches().len() >= 2).await;
    rig.store.mend_after_a_refusal();
    rig.store.let_go();
    rig.finish(run).await;
    assert!(rig.queue.letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_bad_rows_stops_nothing_where_a_row_was_stored_before() {
    let (rig, run) = with_a_row(20).await;
    for _ in 0..200 {
        rig.send_body("poison");
    }
    rig.send(1_000);
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.dead_lettered.get()), (1_001, 200));
    assert!(rig.store.witnesses() > 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_witness_and_a_limit_all_bad_rows_are_believed() {
    let rig = Rig::with(|settings| settings.reject_limit = 0);
    for _ in 0..200 {
        rig.send_body("poison");
    }
    rig.send(1_000);
    let report = rig.finish(rig.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.dead_lettered.get()), (1_000, 200));
}

#[tokio::test(start_paused = true)]
async fn without_a_witness_only_so_many_are_believed_and_others_are_tried_one_by_one() {
    let rig = Rig::with(|settings| settings.max_in_flight = 1_000);
    for _ in 0..60 {
        rig.send_body("poison");
    }
    let run = rig.start();
    rig.until("the limit is reached", |rig| rig.queue.letters().len() == 20).await;
    // What polls bring that were open already.
    sleep(Duration::from_secs(30)).await;
    assert_eq!(rig.queue.letters().len(), 20);
    let status = run.monitor.status().await;
    assert!(status.held_for_rejects.is_some_and(|why| why.contains("20 messages in a row")));
    let before = rig.queue.calls(Operation::Receive).len();
    rig.send_body("poison");
    rig.send(5);
    let report = rig.finish(run).await;
    let polls = &rig.queue.calls(Operation::Receive)[before..];
    assert_eq!(polls[0].asked, 1, "one message is received to try with");
    // The first that was stored is the witness against all others.
    assert_eq!((report.stats.stored.get(), rig.queue.letters().len()), (5, 61));
}

#[tokio::test(start_paused = true)]
async fn rejects_that_an_operator_accepts_are_set_aside_until_a_message_succeeds() {
    let rig = Rig::with(|settings| settings.max_in_flight = 1_000);
    for _ in 0..60 {
        rig.send_body("poison");
    }
    let run = rig.start();
    assert!(!run.monitor.accept_rejects(), "nothing is held yet");
    rig.until("the limit is reached", |rig| rig.queue.letters().len() == 20).await;
    sleep(Duration::from_mins(1)).await;
    assert!(run.monitor.accept_rejects());
    rig.until("all are set aside", |rig| rig.queue.letters().len() == 60).await;
    assert_eq!(run.monitor.status().await.held_for_rejects, None);
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_what_it_was_holds_what_it_refuses_until_an_operator_accepts() {
    let (rig, run) = with_a_row(20).await;
    rig.store.change();
    let poison = rig.send_body("poison");
    sleep(Duration::from_mins(10)).await;
    assert!(rig.queue.letters().is_empty());
    assert!(run.monitor.accept_rejects());
    // A success in between does not take it back.
    rig.send(1);
    rig.until("it is set aside", |rig| rig.queue.letters().len() == 1).await;
    assert_eq!(rig.queue.letters()[0].message.id, poison);
    // Things are meant to be as they are now.
    rig.send(1);
    rig.send_body("poison");
    rig.finish(run).await;
    assert_eq!(rig.queue.letters().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_now_is_no_message_s_fault_while_all_fails() {
    let (rig, run) = with_a_row(20).await;
    rig.queue.give_up_after(Some(2));
    rig.store.broken_for(MISTAKE);
    rig.send_body("flaky 1");
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), rig.queue.letters().len()), (2, 0));
}
