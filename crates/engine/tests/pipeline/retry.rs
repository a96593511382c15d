//! What failed comes again, the later the more often it was received.

use std::time::Duration;

use tokio::time::Instant;

use crate::fake::{Operation, Touch, Trouble};
use crate::rig::Rig;

fn releases(rig: &Rig) -> Vec<Touch> {
    let calls = rig.queue.calls(Operation::ChangeVisibility);
    calls.into_iter().flat_map(|call| call.touched).collect()
}

#[tokio::test(start_paused = true)]
async fn what_failed_comes_again_until_it_is_stored() {
    let rig = Rig::new();
    rig.send(20);
    let flaky = rig.send_body("flaky 3");
    let report = rig.finish(rig.start()).await;
    assert!(rig.store.rows().contains_key(&flaky));
    assert_eq!((report.stats.released.get(), report.stats.stored.get()), (3, 21));
    assert!(rig.queue.letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_delay_grows_and_is_bounded() {
    let rig = Rig::new();
    rig.queue.give_up_after(None);
    for _ in 0..40 {
        rig.send_body("flaky 12");
    }
    rig.finish(rig.start()).await;
    let mut longest = [Duration::ZERO; 12];
    let mut failures = std::collections::HashMap::new();
    for touch in releases(&rig) {
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
    let rig = Rig::new();
    rig.queue.give_up_after(Some(20));
    let began = Instant::now();
    let run = rig.start();
    rig.send_body("flaky 9");
    rig.send(50);
    rig.until("the others are stored", |rig| rig.store.rows().len() >= 50).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn only_the_releases_that_failed_are_repeated() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Fails(vec![0, 1]));
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Away);
    for _ in 0..6 {
        rig.send_body("flaky 1");
    }
    let report = rig.finish(rig.start()).await;
    let asked: Vec<_> = rig.queue.calls(Operation::ChangeVisibility).iter().map(|call| call.asked).collect();
    assert_eq!(asked, [6, 2, 2]);
    assert_eq!((report.stats.released.get(), report.stats.stored.get()), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_released_comes_at_its_timeout() {
    let rig = Rig::new();
    rig.queue.away_for(&[Operation::ChangeVisibility], Duration::from_mins(3));
    rig.send_body("flaky 1");
    let report = rig.finish(rig.start()).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (2, 1));
}
