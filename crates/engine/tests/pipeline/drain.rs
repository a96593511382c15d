//! The end: no poll is dropped, and what was received is finished.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::Operation;
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn an_idle_run_ends_with_its_poll() {
    let harness = Harness::new();
    let run = harness.start();
    sleep(Duration::from_secs(5)).await;
    let (report, took) = harness.stop(run).await;
    assert_eq!(report.left, 0);
    assert!(took <= Duration::from_secs(16), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_last_poll_brings_is_stored_and_deleted() {
    let harness = Harness::new();
    let run = harness.start();
    sleep(Duration::from_secs(5)).await;
    let ((), report) = tokio::join!(
        async {
            sleep(Duration::from_secs(10)).await;
            harness.send(7);
        },
        run.stop()
    );
    assert_eq!((report.left, harness.store.rows().len()), (0, 7));
    assert!(harness.queue.is_empty());
    harness.check();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_stops_under_load_finishes_what_it_received() {
    let harness = Harness::new();
    harness.store.takes(Duration::from_millis(30));
    harness.send(2_000);
    let run = harness.start();
    harness.until("some are stored", |harness| harness.store.rows().len() >= 333).await;
    let before = harness.queue.calls(Operation::Receive).len();
    let (report, took) = harness.stop(run).await;
    assert!(took < Duration::from_secs(1));
    assert_eq!(harness.queue.calls(Operation::Receive).len(), before, "no more is received");
    assert_eq!((report.left, harness.visible()), (0, harness.queue.len()));
    assert_eq!(harness.store.rows().len() + harness.visible(), 2_000);
    assert_eq!((report.stats.released.get(), report.stats.duplicates.get()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_last_deletes_go_out_though_their_call_is_not_full() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(13);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 13).await;
    harness.store.let_go();
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, report.stats.deleted.get()), (0, 13));
    assert!(harness.queue.is_empty());
}
