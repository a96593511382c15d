//! Leases are extended in time, as long as a message is held, and not a moment longer.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Call, Operation, Trouble};
use crate::harness::Harness;

const TIMEOUT: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_hours(24);

fn extensions(harness: &Harness) -> Vec<Call> {
    harness.queue.calls(Operation::ChangeVisibility)
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_extended_at_half_of_its_time_for_as_long_as_it_is_held() {
    let harness = Harness::with(|settings| settings.handler_timeout = DAY);
    harness.store.hold();
    harness.send(1);
    let run = harness.start();
    let mut last = Instant::now();
    sleep(TIMEOUT * 20).await;
    let calls = extensions(&harness);
    for call in &calls {
        assert_eq!(call.touched[0].visibility, Some(TIMEOUT));
        let after = call.at - last;
        assert!(after >= TIMEOUT / 2 && after <= TIMEOUT * 5 / 8 + Duration::from_millis(10), "{after:?}");
        last = call.at;
    }
    assert!(calls.len() >= 32, "only {} times", calls.len());
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!(report.stats.extended.get(), extensions(&harness).len() as u64);
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lease_counts_from_when_its_receive_was_sent() {
    let harness = Harness::new();
    harness.store.hold();
    let run = harness.start();
    let asked = Instant::now();
    sleep(TIMEOUT / 2).await;
    harness.send(1);
    harness.until("it is extended", |harness| !extensions(harness).is_empty()).await;
    assert!(asked.elapsed() < TIMEOUT * 3 / 4, "SQS may have started the clock then");
    harness.store.let_go();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn extensions_go_out_in_batches_of_ten_to_what_waits_as_well() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(95);
    let run = harness.start();
    sleep(TIMEOUT * 2 / 3).await;
    let asked: Vec<_> = extensions(&harness).iter().map(|call| call.asked).collect();
    assert_eq!(asked.iter().sum::<usize>(), 95);
    assert!(asked.iter().filter(|asked| **asked == 10).count() >= 9, "{asked:?}");
    harness.store.let_go();
    assert_eq!(harness.finish(run).await.stats.received.get(), 95);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_extended_once_it_is_settled() {
    let harness = Harness::new();
    harness.send(20);
    harness.send_body("flaky 1");
    harness.send_body("poison");
    let run = harness.start();
    harness.until("all are settled", |harness| harness.queue.len() <= 1).await;
    sleep(TIMEOUT * 10).await;
    let released: Vec<_> = extensions(&harness).iter().flat_map(|call| call.touched.clone()).collect();
    assert_eq!(released.len(), 1, "the release of the flaky one and nothing else: {released:?}");
    assert_eq!(harness.finish(run).await.stats.extended.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn leases_are_extended_while_draining() {
    let harness = Harness::with(|settings| settings.shutdown_grace = TIMEOUT * 10);
    harness.store.takes(TIMEOUT * 3);
    harness.send(4);
    let run = harness.start();
    harness.until("they are handled", |harness| !harness.store.batches().is_empty()).await;
    let report = run.stop().await;
    assert_eq!((report.left, report.stats.received.get(), report.stats.deleted.get()), (0, 4, 4));
    assert!(report.stats.extended.get() >= 16);
    harness.check();
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_fails_is_tried_again_before_the_lease_runs_out() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(10);
    let run = harness.start();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Unavailable);
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Fails(vec![0, 3, 4]));
    sleep(TIMEOUT * 3).await;
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (10, 0));
}

#[tokio::test(start_paused = true)]
async fn extensions_that_are_refused_are_tried_one_call_at_a_time_and_stop_nothing() {
    let harness = Harness::with(|settings| settings.max_in_flight = 500);
    harness.store.hold();
    harness.send(400);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 400).await;
    harness.queue.away_for(&[Operation::ChangeVisibility], TIMEOUT * 3 / 4);
    sleep(TIMEOUT * 3 / 4).await;
    let calls = extensions(&harness);
    assert!((3..40).contains(&calls.len()), "{} calls", calls.len());
    let overlaps = calls.windows(2).filter(|pair| pair[0].ended > Some(pair[1].at)).count();
    assert!(overlaps <= 16, "only those of the first beat are made at once, not {overlaps}");
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (400, 0));
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_panics_is_made_again_and_its_message_can_be_released() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Panics);
    harness.store.hold();
    harness.send_body("flaky 1");
    let run = harness.start();
    harness
        .until("it is extended", |harness| extensions(harness).iter().any(|call| !call.touched.is_empty()))
        .await;
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.lost.get()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_long_visibility_is_extended_by_what_sqs_still_allows() {
    const HOUR: Duration = Duration::from_hours(1);
    let harness = Harness::with(|settings| {
        settings.visibility_timeout = HOUR * 6;
        settings.handler_timeout = DAY;
    });
    harness.store.hold();
    harness.send(1);
    let run = harness.start();
    let received = Instant::now();
    sleep(HOUR * 7).await;
    let calls = extensions(&harness);
    let ends: Vec<_> = calls.iter().map(|call| call.at + call.touched[0].visibility.unwrap()).collect();
    assert!(ends.iter().all(|end| *end < received + HOUR * 12), "{calls:?}");
    assert!(ends[ends.len() - 1] > received + HOUR * 11, "{calls:?}");
    harness.store.let_go();
    assert_eq!(harness.finish(run).await.stats.received.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_lasts_as_long_as_sqs_allows_is_not_extended() {
    const HOUR: Duration = Duration::from_hours(1);
    let harness = Harness::with(|settings| {
        settings.visibility_timeout = HOUR * 12;
        settings.handler_timeout = DAY;
    });
    harness.store.hold();
    harness.send(1);
    let run = harness.start();
    sleep(HOUR * 11).await;
    assert!(extensions(&harness).is_empty(), "it would end sooner");
    harness.store.let_go();
    assert_eq!(harness.finish(run).await.stats.received.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn while_extensions_fail_one_call_at_a_time_is_made() {
    const SILENCE: Duration = Duration::from_secs(5);
    let harness = Harness::new();
    harness.store.hold();
    for _ in 0..30 {
        harness.queue.trouble(Operation::ChangeVisibility, Trouble::Silent(SILENCE));
    }
    harness.send(95);
    let run = harness.start();
    harness.until("the first calls are made", |harness| !extensions(harness).is_empty()).await;
    // Those that are under way by then were begun together.
    let known = Instant::now() + SILENCE;
    sleep(SILENCE * 4).await;
    let later: Vec<_> = extensions(&harness).iter().map(|call| call.at).filter(|at| *at > known).collect();
    assert!(later.len() > 1 && later.windows(2).all(|two| two[1] - two[0] >= SILENCE), "{later:?}");
    harness.store.let_go();
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_extension_panicked_is_extended_by_the_next_call() {
    let harness = Harness::new();
    harness.store.hold();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Panics);
    harness.send(1);
    let run = harness.start();
    sleep(TIMEOUT * 3).await;
    harness.store.let_go();
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (1, 0));
}
