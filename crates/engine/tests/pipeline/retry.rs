//! What failed comes again, the later the more often it was received.

use std::time::Duration;

use tokio::time::Instant;

use crate::fake::{Operation, Touch, Trouble};
use crate::harness::Harness;

fn releases(harness: &Harness) -> Vec<Touch> {
    let calls = harness.queue.calls(Operation::ChangeVisibility);
    calls.into_iter().flat_map(|call| call.touched).collect()
}

#[tokio::test(start_paused = true)]
async fn what_failed_comes_again_until_it_is_stored() {
    let harness = Harness::new();
    harness.send(20);
    let flaky = harness.send_body("flaky 3");
    let report = harness.finish(harness.start()).await;
    assert!(harness.store.rows().contains_key(&flaky));
    assert_eq!((report.stats.released.get(), report.stats.stored.get()), (3, 21));
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_delay_grows_and_is_bounded() {
    let harness = Harness::new();
    harness.queue.give_up_after(None);
    for _ in 0..40 {
        harness.send_body("flaky 12");
    }
    harness.finish(harness.start()).await;
    let mut longest = [Duration::ZERO; 12];
    let mut failures = std::collections::HashMap::new();
    for touch in releases(&harness) {
        let failures = failures.entry(touch.id).or_insert(0_usize);
        longest[*failures] = longest[*failures].max(touch.visibility.unwrap());
        *failures += 1;
    }
    for (failures, longest) in longest.iter().enumerate() {
        let bound = Duration::from_secs(2 << failures).min(Duration::from_mins(15));
        assert!(*longest <= bound, "{longest:?} after {failures} failures");
        assert!(*longest > bound / 2, "of forty some come late: {longest:?} after {failures} failures");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_does_not_keep_others_waiting() {
    let harness = Harness::new();
    harness.queue.give_up_after(Some(20));
    let began = Instant::now();
    let run = harness.start();
    harness.send_body("flaky 9");
    harness.send(50);
    harness.until("the others are stored", |harness| harness.store.rows().len() >= 50).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn only_the_releases_that_failed_are_repeated() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Fails(vec![0, 1]));
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Unavailable);
    for _ in 0..6 {
        harness.send_body("flaky 1");
    }
    let report = harness.finish(harness.start()).await;
    let asked: Vec<_> =
        harness.queue.calls(Operation::ChangeVisibility).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [6, 2, 2]);
    assert_eq!((report.stats.released.get(), report.stats.stored.get()), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_released_comes_at_its_timeout() {
    let harness = Harness::new();
    harness.queue.away_for(&[Operation::ChangeVisibility], Duration::from_mins(3));
    harness.send_body("flaky 1");
    let report = harness.finish(harness.start()).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (2, 1));
}
