//! Leases are extended in time, as long as a message is held, and not a moment longer.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Call, Operation, Trouble};
use crate::rig::Rig;

const TIMEOUT: Duration = Duration::from_secs(30);

fn extensions(rig: &Rig) -> Vec<Call> {
    rig.queue.calls(Operation::ChangeVisibility)
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_extended_at_half_of_its_time_for_as_long_as_it_is_held() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(1);
    let run = rig.start();
    let mut last = Instant::now();
    sleep(TIMEOUT * 20).await;
    let calls = extensions(&rig);
    for call in &calls {
        assert_eq!(call.touched[0].visibility, Some(TIMEOUT));
        let after = call.at - last;
        assert!(after >= TIMEOUT / 2 && after <= TIMEOUT * 5 / 8 + Duration::from_millis(10), "{after:?}");
        last = call.at;
    }
    assert!(calls.len() >= 32, "only {} times", calls.len());
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!(report.stats.extended.get(), extensions(&rig).len() as u64);
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lease_counts_from_when_its_receive_was_sent() {
    let rig = Rig::new();
    rig.store.hold();
    let run = rig.start();
    let asked = Instant::now();
    sleep(TIMEOUT / 2).await;
    rig.send(1);
    rig.until("it is extended", |rig| !extensions(rig).is_empty()).await;
    assert!(asked.elapsed() < TIMEOUT * 3 / 4, "SQS may have started the clock then");
    rig.store.let_go();
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn extensions_go_out_in_batches_of_ten_to_what_waits_as_well() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(95);
    let run = rig.start();
    sleep(TIMEOUT * 2 / 3).await;
    let asked: Vec<_> = extensions(&rig).iter().map(|call| call.asked).collect();
    assert_eq!(asked.iter().sum::<usize>(), 95);
    assert!(asked.iter().filter(|asked| **asked == 10).count() >= 9, "{asked:?}");
    rig.store.let_go();
    assert_eq!(rig.finish(run).await.stats.received.get(), 95);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_extended_once_it_is_settled() {
    let rig = Rig::new();
    rig.send(20);
    rig.send_body("flaky 1");
    rig.send_body("poison");
    let run = rig.start();
    rig.until("all are settled", |rig| rig.queue.len() <= 1).await;
    sleep(TIMEOUT * 10).await;
    let released: Vec<_> = extensions(&rig).iter().flat_map(|call| call.touched.clone()).collect();
    assert_eq!(released.len(), 1, "the release of the flaky one and nothing else: {released:?}");
    assert_eq!(rig.finish(run).await.stats.extended.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn leases_are_extended_while_draining() {
    let rig = Rig::with(|settings| settings.shutdown_grace = TIMEOUT * 10);
    rig.store.takes(TIMEOUT * 3);
    rig.send(4);
    let run = rig.start();
    rig.until("they are handled", |rig| !rig.store.batches().is_empty()).await;
    let report = run.stop().await;
    assert_eq!((report.left, report.stats.received.get(), report.stats.deleted.get()), (0, 4, 4));
    assert!(report.stats.extended.get() >= 16);
    rig.check();
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_fails_is_tried_again_before_the_lease_runs_out() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(10);
    let run = rig.start();
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Away);
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Fails(vec![0, 3, 4]));
    sleep(TIMEOUT * 3).await;
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (10, 0));
}

#[tokio::test(start_paused = true)]
async fn extensions_that_are_refused_are_tried_one_call_at_a_time_and_stop_nothing() {
    let rig = Rig::with(|settings| settings.max_in_flight = 500);
    rig.store.hold();
    rig.send(400);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 400).await;
    rig.queue.away_for(&[Operation::ChangeVisibility], TIMEOUT * 3 / 4);
    sleep(TIMEOUT * 3 / 4).await;
    let calls = extensions(&rig);
    assert!((3..40).contains(&calls.len()), "{} calls", calls.len());
    let overlaps = calls.windows(2).filter(|pair| pair[0].ended > Some(pair[1].at)).count();
    assert!(overlaps <= 16, "only those of the first beat are made at once, not {overlaps}");
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (400, 0));
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_panics_is_made_again_and_its_message_can_be_released() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Panics);
    rig.store.hold();
    rig.send_body("flaky 1");
    let run = rig.start();
    rig.until("it is extended", |rig| extensions(rig).iter().any(|call| !call.touched.is_empty())).await;
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.lost.get()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_long_visibility_is_extended_by_what_sqs_still_allows() {
    const HOUR: Duration = Duration::from_hours(1);
    let rig = Rig::with(|settings| settings.visibility_timeout = HOUR * 6);
    rig.store.hold();
    rig.send(1);
    let run = rig.start();
    let received = Instant::now();
    sleep(HOUR * 7).await;
    let calls = extensions(&rig);
    let ends: Vec<_> = calls.iter().map(|call| call.at + call.touched[0].visibility.unwrap()).collect();
    assert!(ends.iter().all(|end| *end < received + HOUR * 12), "{calls:?}");
    assert!(ends[ends.len() - 1] > received + HOUR * 11, "{calls:?}");
    rig.store.let_go();
    assert_eq!(rig.finish(run).await.stats.received.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_lasts_as_long_as_sqs_allows_is_not_extended() {
    const HOUR: Duration = Duration::from_hours(1);
    let rig = Rig::with(|settings| settings.visibility_timeout = HOUR * 12);
    rig.store.hold();
    rig.send(1);
    let run = rig.start();
    sleep(HOUR * 11).await;
    assert!(extensions(&rig).is_empty(), "it would end sooner");
    rig.store.let_go();
    assert_eq!(rig.finish(run).await.stats.received.get(), 1);
}
