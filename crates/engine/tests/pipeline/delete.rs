//! Deletes: full calls under load, at once when idle, repeated where they failed and nowhere else.

use std::time::Duration;

use acquit_engine::queue::Entry;
use tokio::time::sleep;

use crate::fake::{Call, Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_nothing_when_nothing_else_is_under_way() {
    let rig = Rig::new();
    let run = rig.start();
    for _ in 0..5 {
        rig.send(1);
        rig.until("it is deleted", |rig| rig.queue.is_empty()).await;
        let (handled, deletes) = (rig.store.batches(), rig.queue.calls(Operation::Delete));
        assert_eq!(deletes[deletes.len() - 1].at, handled[handled.len() - 1].at);
    }
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_company_but_not_for_long() {
    let rig = Rig::with(|settings| settings.batch.rows = 1);
    rig.send_body("takes 60000");
    rig.send(3);
    let run = rig.start();
    rig.until("three are deleted", |rig| rig.queue.len() == 1).await;
    let (handled, deletes) = (rig.store.batches(), rig.queue.calls(Operation::Delete));
    assert_eq!((deletes.len(), deletes[0].asked), (1, 3));
    assert!(deletes[0].at - handled[0].at <= Duration::from_millis(55), "{deletes:?}");
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_busy_messages_take_at_most_210_requests() {
    for (takes, rows) in [(30, 100), (0, 100), (3, 50), (7, 7), (1, 1)] {
        let rig = Rig::with(|settings| {
            settings.max_in_flight = 200;
            settings.batch.rows = rows;
        });
        rig.store.takes(Duration::from_millis(takes));
        rig.send(1_000);
        let run = rig.start();
        rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
        let operations = [Operation::Receive, Operation::Delete, Operation::ChangeVisibility];
        let requests: usize = operations.map(|operation| rig.queue.calls(operation).len()).iter().sum();
        // Those that found nothing were made when all was received.
        let idle = rig.queue.calls(Operation::Receive).iter().filter(|call| call.touched.is_empty()).count();
        assert!(requests - idle <= 210, "{requests} requests, {idle} of them idle, in batches of {rows}");
        rig.finish(run).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_entries_that_failed_are_deleted_again() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Delete, Trouble::Fails(vec![2, 5, 9]));
    rig.queue.trouble(Operation::Delete, Trouble::Fails(vec![1]));
    rig.send(10);
    let report = rig.finish(rig.start()).await;
    let asked: Vec<_> = rig.queue.calls(Operation::Delete).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [10, 3, 1]);
    let again: Vec<_> = rig.queue.calls(Operation::Delete).iter().map(failed).collect();
    assert_eq!(again[0], ids(&rig.queue.calls(Operation::Delete)[1]));
    assert_eq!((rig.store.batches().len(), report.stats.deleted.get()), (1, 10));
}

#[tokio::test(start_paused = true)]
async fn a_delete_call_that_fails_is_repeated_with_all_of_it() {
    let rig = Rig::new();
    for trouble in [Trouble::Away, Trouble::Lost, Trouble::Silent(Duration::from_secs(15)), Trouble::Away] {
        rig.queue.trouble(Operation::Delete, trouble);
    }
    rig.send(10);
    let report = rig.finish(rig.start()).await;
    assert!(rig.queue.calls(Operation::Delete).iter().all(|call| call.asked == 10));
    assert_eq!((rig.store.batches().len(), report.stats.deleted.get()), (1, 10));
}

#[tokio::test(start_paused = true)]
async fn a_stale_receipt_is_not_deleted_again() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(5);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 5).await;
    rig.queue.expire();
    assert_eq!(rig.queue.steal(5), 5);
    rig.store.let_go();
    rig.until("they are stored", |rig| rig.store.rows().len() == 5).await;
    sleep(Duration::from_secs(20)).await;
    let deletes = rig.queue.calls(Operation::Delete);
    assert_eq!(deletes.len(), 1);
    assert!(deletes[0].touched.iter().all(|touch| touch.entry == Entry::Gone));
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_for_long_is_deleted_when_it_can_be() {
    let rig = Rig::new();
    rig.queue.give_up_after(Some(2));
    rig.queue.away_for(&[Operation::Delete], Duration::from_mins(10));
    rig.send(10);
    let report = rig.finish(rig.start()).await;
    let deletes = rig.queue.calls(Operation::Delete).len();
    assert!(deletes < 500, "it backs off: {deletes} calls");
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (10, 10), "none came again");
    assert!(rig.queue.letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_received_while_nothing_can_be_deleted() {
    let rig = Rig::with(|settings| settings.max_in_flight = 1_000);
    rig.queue.away_for(&[Operation::Delete], Duration::from_mins(2));
    rig.send(10);
    let run = rig.start();
    rig.until("they are stored", |rig| rig.store.rows().len() == 10).await;
    sleep(Duration::from_secs(30)).await;
    rig.send(100);
    // What the poll brings that was open already.
    sleep(Duration::from_secs(30)).await;
    let (polls, received) = (rig.queue.calls(Operation::Receive).len(), rig.store.rows().len());
    rig.send(100);
    sleep(Duration::from_secs(45)).await;
    assert_eq!((rig.queue.calls(Operation::Receive).len(), rig.store.rows().len()), (polls, received));
    let ready = run.monitor.ready().await;
    assert!(ready.iter().any(|check| check.name == "settlement" && !check.ok), "{ready:?}");
    assert!(run.monitor.live().ok);
    rig.finish(run).await;
    assert!(rig.queue.letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_and_cannot_be_deleted_by_the_end_is_reported() {
    let rig = Rig::new();
    rig.queue.away_for(&[Operation::Delete], Duration::from_hours(1));
    rig.send(7);
    let run = rig.start();
    rig.until("they are stored", |rig| rig.store.rows().len() == 7).await;
    let (report, _) = rig.stop(run).await;
    assert_eq!((report.left, report.undeleted), (7, 7));
    assert!(report.to_string().contains("stored and not deleted 7"), "{report}");
}

fn failed(call: &Call) -> Vec<shared::message::DedupId> {
    let failed = call.touched.iter().filter(|touch| touch.entry == Entry::Failed);
    failed.map(|touch| touch.id).collect()
}

fn ids(call: &Call) -> Vec<shared::message::DedupId> {
    call.touched.iter().map(|touch| touch.id).collect()
}
