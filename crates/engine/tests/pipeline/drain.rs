//! The end: no poll is dropped, and what was received is finished.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::Operation;
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn an_idle_run_ends_with_its_poll() {
    let rig = Rig::new();
    let run = rig.start();
    sleep(Duration::from_secs(5)).await;
    let (report, took) = rig.stop(run).await;
    assert_eq!(report.left, 0);
    assert!(took <= Duration::from_secs(16), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_last_poll_brings_is_stored_and_deleted() {
    let rig = Rig::new();
    let run = rig.start();
    sleep(Duration::from_secs(5)).await;
    let ((), report) = tokio::join!(
        async {
            sleep(Duration::from_secs(10)).await;
            rig.send(7);
        },
        run.stop()
    );
    assert_eq!((report.left, rig.store.rows().len()), (0, 7));
    assert!(rig.queue.is_empty());
    rig.check();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_stops_under_load_finishes_what_it_received() {
    let rig = Rig::new();
    rig.store.takes(Duration::from_millis(30));
    rig.send(2_000);
    let run = rig.start();
    rig.until("some are stored", |rig| rig.store.rows().len() >= 333).await;
    let before = rig.queue.calls(Operation::Receive).len();
    let (report, took) = rig.stop(run).await;
    assert!(took < Duration::from_secs(1));
    assert_eq!(rig.queue.calls(Operation::Receive).len(), before, "no more is received");
    assert_eq!((report.left, rig.visible()), (0, rig.queue.len()));
    assert_eq!(rig.store.rows().len() + rig.visible(), 2_000);
    assert_eq!((report.stats.released.get(), report.stats.duplicates.get()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_last_deletes_go_out_though_their_call_is_not_full() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(13);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 13).await;
    rig.store.let_go();
    let (report, _) = rig.stop(run).await;
    assert_eq!((report.left, report.stats.deleted.get()), (0, 13));
    assert!(rig.queue.is_empty());
}
