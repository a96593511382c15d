//! Deletes: full calls under load, at once when idle, repeated where they failed and nowhere else.

use std::time::Duration;

use acquit_engine::queue::EntryResult;
use tokio::time::sleep;

use crate::fake::{Call, Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_nothing_when_nothing_else_is_under_way_or_to_be_expected() {
    let harness = Harness::new();
    let run = harness.start();
    for _ in 0..5 {
        sleep(Duration::from_millis(60)).await;
        harness.send(1);
        harness.until("it is deleted", |harness| harness.queue.is_empty()).await;
        let (handled, deletes) = (harness.store.batches(), harness.queue.calls(Operation::Delete));
        assert_eq!(deletes[deletes.len() - 1].at, handled[handled.len() - 1].at);
    }
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn deletes_of_messages_that_come_one_by_one_share_calls() {
    let harness = Harness::new();
    let run = harness.start();
    for _ in 0..100 {
        sleep(Duration::from_millis(10)).await;
        harness.send(1);
    }
    harness.until("all are deleted", |harness| harness.queue.is_empty()).await;
    let deletes = harness.queue.calls(Operation::Delete).len();
    assert!(deletes <= 25, "{deletes} calls");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_company_but_not_for_long() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.send_body("takes 60000");
    harness.send(3);
    let run = harness.start();
    harness.until("three are deleted", |harness| harness.queue.len() == 1).await;
    let (handled, deletes) = (harness.store.batches(), harness.queue.calls(Operation::Delete));
    assert_eq!((deletes.len(), deletes[0].asked), (1, 3));
    assert!(deletes[0].at - handled[0].at <= Duration::from_millis(55), "{deletes:?}");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_busy_messages_take_at_most_210_requests() {
    for (takes, rows) in [(30, 100), (0, 100), (3, 50), (7, 7), (1, 1)] {
        let harness = Harness::with(|settings| {
            settings.max_in_flight = 200;
            settings.batch.rows = rows;
        });
        harness.store.takes(Duration::from_millis(takes));
        harness.send(1_000);
        let run = harness.start();
        harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
        let operations = [Operation::Receive, Operation::Delete, Operation::ChangeVisibility];
        let requests: usize = operations.map(|operation| harness.queue.calls(operation).len()).iter().sum();
        // Those that found nothing were made when all was received.
        let idle =
            harness.queue.calls(Operation::Receive).iter().filter(|call| call.touched.is_empty()).count();
        assert!(requests - idle <= 210, "{requests} requests, {idle} of them idle, in batches of {rows}");
        harness.finish(run).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_entries_that_failed_are_deleted_again() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Delete, Trouble::Fails(vec![2, 5, 9]));
    harness.queue.trouble(Operation::Delete, Trouble::Fails(vec![1]));
    harness.send(10);
    let report = harness.finish(harness.start()).await;
    let asked: Vec<_> = harness.queue.calls(Operation::Delete).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [10, 3, 1]);
    let again: Vec<_> = harness.queue.calls(Operation::Delete).iter().map(failed).collect();
    assert_eq!(again[0], ids(&harness.queue.calls(Operation::Delete)[1]));
    assert_eq!((harness.store.batches().len(), report.stats.deleted.get()), (1, 10));
}

#[tokio::test(start_paused = true)]
async fn a_delete_call_that_fails_is_repeated_with_all_of_it() {
    let harness = Harness::new();
    for trouble in
        [Trouble::Unavailable, Trouble::Lost, Trouble::Silent(Duration::from_secs(15)), Trouble::Unavailable]
    {
        harness.queue.trouble(Operation::Delete, trouble);
    }
    harness.send(10);
    let report = harness.finish(harness.start()).await;
    assert!(harness.queue.calls(Operation::Delete).iter().all(|call| call.asked == 10));
    assert_eq!((harness.store.batches().len(), report.stats.deleted.get()), (1, 10));
}

#[tokio::test(start_paused = true)]
async fn a_stale_receipt_is_not_deleted_again() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(5);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 5).await;
    harness.queue.expire();
    assert_eq!(harness.queue.steal(5), 5);
    harness.store.let_go();
    harness.until("they are stored", |harness| harness.store.rows().len() == 5).await;
    sleep(Duration::from_secs(20)).await;
    let deletes = harness.queue.calls(Operation::Delete);
    assert_eq!(deletes.len(), 1);
    assert!(deletes[0].touched.iter().all(|touch| touch.entry == EntryResult::Stale));
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_for_long_is_deleted_when_it_can_be() {
    let harness = Harness::new();
    harness.queue.give_up_after(Some(2));
    harness.queue.away_for(&[Operation::Delete], Duration::from_mins(10));
    harness.send(10);
    let report = harness.finish(harness.start()).await;
    let deletes = harness.queue.calls(Operation::Delete).len();
    assert!(deletes < 500, "it backs off: {deletes} calls");
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (10, 10), "none came again");
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_received_while_nothing_can_be_deleted() {
    let harness = Harness::with(|settings| settings.max_in_flight = 1_000);
    harness.queue.away_for(&[Operation::Delete], Duration::from_mins(2));
    harness.send(10);
    let run = harness.start();
    harness.until("they are stored", |harness| harness.store.rows().len() == 10).await;
    sleep(Duration::from_secs(30)).await;
    harness.send(100);
    // What the poll brings that was open already.
    sleep(Duration::from_secs(30)).await;
    let (polls, received) = (harness.queue.calls(Operation::Receive).len(), harness.store.rows().len());
    harness.send(100);
    sleep(Duration::from_secs(45)).await;
    assert_eq!(
        (harness.queue.calls(Operation::Receive).len(), harness.store.rows().len()),
        (polls, received)
    );
    let ready = run.monitor.ready().await;
    assert!(ready.iter().any(|check| check.name == "settlement" && !check.ok), "{ready:?}");
    assert!(run.monitor.live().ok);
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_and_cannot_be_deleted_by_the_end_is_reported() {
    let harness = Harness::new();
    harness.queue.away_for(&[Operation::Delete], Duration::from_hours(1));
    harness.send(7);
    let run = harness.start();
    harness.until("they are stored", |harness| harness.store.rows().len() == 7).await;
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, report.undeleted), (7, 7));
    assert!(report.to_string().contains("stored and not deleted 7"), "{report}");
}

fn failed(call: &Call) -> Vec<shared::message::DedupId> {
    let failed = call.touched.iter().filter(|touch| touch.entry == EntryResult::Failed);
    failed.map(|touch| touch.id).collect()
}

fn ids(call: &Call) -> Vec<shared::message::DedupId> {
    call.touched.iter().map(|touch| touch.id).collect()
}

#[tokio::test(start_paused = true)]
async fn receiving_stops_at_the_second_delete_in_a_row_that_is_not_answered() {
    for (failures, stops) in [(1, false), (2, true), (3, true)] {
        let harness = Harness::new();
        for _ in 0..failures {
            harness.queue.trouble(Operation::Delete, Trouble::Unavailable);
        }
        harness.send(10);
        let run = harness.start();
        let mut has_stopped = false;
        while !harness.queue.is_empty() {
            let ready = run.monitor.ready().await;
            has_stopped |= ready.iter().any(|check| check.name == "settlement" && !check.ok);
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(has_stopped, stops, "after {failures}");
        harness.finish(run).await;
    }
}
