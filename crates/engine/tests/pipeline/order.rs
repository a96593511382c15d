//! On a FIFO queue the messages of a group take effect one after another, and groups side by side.

use std::time::Duration;

use acquit_engine::job::{Body, Fail, JobHandler, Meta, State};
use acquit_engine::settings::OnReject;
use acquit_engine::testing::run::Run;
use shared::message::DedupId;
use tokio::time::{Instant, sleep};

use crate::fake::{FakeStore, Operation, Trouble};
use crate::harness::Harness;

const SECOND: Duration = Duration::from_secs(1);

/// Each message by itself, for a job whose effect a repetition would double.
fn jobs(groups: usize) -> Harness {
    Harness::in_order(groups, |settings| {
        settings.workers = 16;
        settings.batch.rows = 1;
    })
}

fn start(harness: &Harness) -> Run {
    harness.start_with(JobHandler::new(work, harness.store.clone()))
}

/// Takes a second, and fails the first time where the body says so.
async fn work(Body(body): Body, meta: Meta, State(store): State<FakeStore>) -> Result<(), Fail> {
    store.begin(meta.id).await;
    sleep(SECOND).await;
    if body.starts_with("busy") && meta.receive_count == 1 {
        return Err(Fail::retry("busy", "429").after(SECOND * 20));
    }
    store.keep(meta.id, &body);
    Ok(())
}

/// When work on a message began, each time.
fn begun(harness: &Harness, id: DedupId) -> Vec<Instant> {
    harness.store.batches().iter().filter(|batch| batch.ids.contains(&id)).map(|batch| batch.at).collect()
}

/// How often the queue handed it out.
fn receives(harness: &Harness, id: DedupId) -> usize {
    let calls = harness.queue.calls(Operation::Receive);
    calls.iter().flat_map(|call| &call.touched).filter(|touch| touch.id == id).count()
}

/// When a delete of it was answered, and its visibility was changed to this.
fn touched(harness: &Harness, operation: Operation, id: DedupId) -> Vec<(Instant, Option<Duration>)> {
    let calls = harness.queue.calls(operation);
    let of = |call: &crate::fake::Call| {
        let touch = call.touched.iter().find(|touch| touch.id == id)?;
        Some((call.ended?, touch.visibility))
    };
    calls.iter().filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn groups_are_worked_on_side_by_side_and_within_one_the_next_begins_once_the_delete_was_answered() {
    let harness = jobs(5);
    let ids = harness.send(20);
    let began = Instant::now();
    harness.queue.trouble(Operation::Delete, Trouble::Late(SECOND * 7));
    harness.finish(start(&harness)).await;
    let last = ids.iter().flat_map(|id| begun(&harness, *id)).max().unwrap();
    assert!(last - began < SECOND * 11, "four rounds of five, one delayed: {:?}", last - began);
    for (id, next) in ids.iter().zip(&ids[5..]) {
        let deleted = touched(&harness, Operation::Delete, *id)[0].0;
        assert!(begun(&harness, *next)[0] >= deleted, "begun before the answer");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_store_deduplicates_goes_on_while_deletes_hang() {
    let harness = Harness::in_order(1, |settings| settings.batch.rows = 2);
    harness.queue.away_for(&[Operation::Delete], SECOND * 60);
    harness.send(6);
    let run = harness.start();
    harness.until("all are stored", |harness| harness.store.rows().len() == 6).await;
    assert!(harness.store.batches().iter().all(|batch| batch.ids.len() <= 2));
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_in_hand_with_those_behind_it_and_costs_none_of_them_a_receive() {
    let harness = jobs(1);
    let busy = harness.send_body("busy");
    let others = harness.send(5);
    harness.finish(start(&harness)).await;
    let tries = begun(&harness, busy);
    assert!(tries[1] - tries[0] >= SECOND * 21, "the job's own delay");
    assert!(others.iter().all(|id| begun(&harness, *id)[0] > tries[1]));
    assert!(others.iter().chain([&busy]).all(|id| receives(&harness, *id) == 1));
}

#[tokio::test(start_paused = true)]
async fn tries_in_hand_count_as_receives_and_a_poisoned_head_is_set_aside_with_its_reason() {
    let harness = Harness::in_order(2, |_| {});
    harness.send(2);
    let strange = harness.send_body("strange");
    let others = harness.send(7);
    harness.finish(harness.start()).await;
    let letters = harness.queue.dead_letters();
    assert_eq!((letters.len(), letters[0].message.id), (1, strange));
    assert_eq!((letters[0].reason.as_deref(), letters[0].message.receive_count), (Some("unknown-error"), 5));
    assert!(others.iter().all(|id| receives(&harness, *id) == 1));
}

#[tokio::test(start_paused = true)]
async fn at_a_stop_a_failed_head_goes_back_with_those_behind_it_after_it() {
    let harness = jobs(1);
    let busy = harness.send_body("busy");
    let others = harness.send(3);
    let run = start(&harness);
    sleep(SECOND * 5).await;
    let (report, took) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.released.get()), (0, 4));
    assert!(took < SECOND * 25, "its delay is not waited for: {took:?}");
    let visible: Vec<_> = [busy].iter().chain(&others).map(|id| visible_at(&harness, *id)).collect();
    assert!(visible.is_sorted() && visible[0] > Instant::now(), "{visible:?}");
}

/// When it gets visible.
fn visible_at(harness: &Harness, id: DedupId) -> Instant {
    let found = harness.queue.messages().into_iter().find(|(message, _)| message.id == id);
    found.expect("it is still there").1
}

#[tokio::test(start_paused = true)]
async fn where_a_lease_is_lost_those_behind_it_are_not_begun() {
    let harness = jobs(1);
    let ids = harness.send(4);
    let run = start(&harness);
    harness.until("the first is worked on", |harness| harness.store.batches().len() == 1).await;
    harness.queue.expire();
    // Somebody else has the first one from now on.
    assert_eq!(harness.queue.steal(1), 1);
    sleep(SECOND * 20).await;
    assert!(ids[1..].iter().all(|id| begun(&harness, *id).is_empty()), "begun behind a lost one");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_waits_gives_way_to_others_where_it_takes_all_the_room() {
    let harness = Harness::in_order(1, |settings| {
        settings.max_in_flight = 4;
        settings.workers = 2;
        settings.batch.rows = 1;
    });
    let busy = harness.send_body("busy");
    harness.send(3);
    let run = start(&harness);
    sleep(SECOND * 2).await;
    harness.set_groups(7);
    let other = harness.send_body("in another group");
    sleep(SECOND * 8).await;
    assert!(harness.store.rows().contains_key(&other), "it was kept waiting");
    assert!(!harness.store.rows().contains_key(&busy));
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn where_a_reject_is_to_hold_its_group_stands_still_until_that_is_accepted() {
    let harness = Harness::in_order(2, |settings| settings.fifo_on_reject = OnReject::Hold);
    harness.send(2);
    harness.send_body("poison");
    let ids = harness.send(5);
    let run = harness.start();
    sleep(SECOND * 100).await;
    assert!(harness.queue.dead_letters().is_empty());
    assert_eq!(harness.store.rows().len(), 2 + 3, "the other group goes on");
    assert!(run.monitor.accept_rejects());
    harness.finish(run).await;
    assert_eq!(harness.queue.dead_letters().len(), 1);
    assert!(ids.iter().all(|id| receives(&harness, *id) == 1));
}

#[tokio::test(start_paused = true)]
async fn at_a_stop_a_held_group_goes_back() {
    let harness = Harness::in_order(1, |settings| settings.fifo_on_reject = OnReject::Hold);
    harness.send(1);
    harness.send_body("poison");
    harness.send(2);
    let run = harness.start();
    sleep(SECOND * 10).await;
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.released.get(), harness.visible()), (0, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_set_aside_stays_in_hand_and_its_group_with_it() {
    let harness = Harness::in_order(1, |_| {});
    harness.send(1);
    let poison = harness.send_body("poison");
    let ids = harness.send(3);
    harness.queue.away_for(&[Operation::DeadLetter], SECOND * 10);
    harness.finish(harness.start()).await;
    assert_eq!(harness.queue.dead_letters().len(), 1);
    assert!(ids.iter().chain([&poison]).all(|id| receives(&harness, *id) == 1));
}

#[tokio::test(start_paused = true)]
async fn by_key_one_at_a_time_is_worked_on_and_others_beside_it() {
    let harness = Harness::with(|settings| {
        settings.workers = 16;
        settings.batch.rows = 1;
    });
    let ids = harness.send(8);
    let began = Instant::now();
    let handler = JobHandler::new(work, harness.store.clone());
    let run = harness.start_by(handler, |_, body| {
        let number: usize = body.rsplit(' ').next().unwrap().parse().unwrap();
        (number % 2).to_string()
    });
    harness.finish(run).await;
    let last = ids.iter().flat_map(|id| begun(&harness, *id)).max().unwrap();
    assert!(last - began < SECOND * 4, "two side by side: {:?}", last - began);
    let mut times: Vec<_> = ids.iter().step_by(2).map(|id| begun(&harness, *id)[0]).collect();
    times.sort_unstable();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= SECOND), "two with one key at once");
}
