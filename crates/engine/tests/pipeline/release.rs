//! One owner of a message's visibility: what a release says is what holds.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn a_release_waits_for_the_extension_that_is_under_way() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Late(Duration::from_secs(4)));
    harness.store.hold();
    harness.send_body("flaky 1");
    let run = harness.start();
    let calls = |harness: &Harness| harness.queue.calls(Operation::ChangeVisibility);
    harness.until("its extension is under way", |harness| calls(harness).len() == 1).await;
    harness.store.let_go();
    harness
        .until("it is released", |harness| calls(harness).iter().any(|call| call.at > calls(harness)[0].at))
        .await;
    sleep(Duration::from_millis(10)).await;
    let (extension, release) = (calls(&harness)[0].clone(), calls(&harness)[1].clone());
    assert!(extension.ended.unwrap() <= release.at, "it waited");
    let wanted = release.ended.unwrap() + release.touched[0].visibility.unwrap();
    harness.until("it comes again", |harness| harness.store.batches().len() == 2).await;
    assert!(Instant::now() < wanted + Duration::from_millis(20), "it comes when the release said");
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_released_is_not_extended_while_the_release_is_repeated() {
    let harness = Harness::with(|settings| settings.visibility_timeout = Duration::from_secs(4));
    for _ in 0..5 {
        harness.queue.trouble(Operation::ChangeVisibility, Trouble::Unavailable);
    }
    harness.send_body("flaky 1");
    let report = harness.finish(harness.start()).await;
    assert_eq!(report.stats.extended.get(), 0);
    let touched = harness.queue.calls(Operation::ChangeVisibility).into_iter().flat_map(|call| call.touched);
    assert!(touched.map(|touch| touch.visibility).all(|after| after <= Some(Duration::from_secs(2))));
}
