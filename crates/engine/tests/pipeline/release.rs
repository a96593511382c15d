//! One owner of a message's visibility: what a release says is what holds.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn a_release_waits_for_the_extension_that_is_under_way() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::ChangeVisibility, Trouble::Late(Duration::from_secs(4)));
    rig.store.hold();
    rig.send_body("flaky 1");
    let run = rig.start();
    let calls = |rig: &Rig| rig.queue.calls(Operation::ChangeVisibility);
    rig.until("its extension is under way", |rig| calls(rig).len() == 1).await;
    rig.store.let_go();
    rig.until("it is released", |rig| calls(rig).iter().any(|call| call.at > calls(rig)[0].at)).await;
    sleep(Duration::from_millis(10)).await;
    let (extension, release) = (calls(&rig)[0].clone(), calls(&rig)[1].clone());
    assert!(extension.ended.unwrap() <= release.at, "it waited");
    let wanted = release.ended.unwrap() + release.touched[0].visibility.unwrap();
    rig.until("it comes again", |rig| rig.store.batches().len() == 2).await;
    assert!(Instant::now() < wanted + Duration::from_millis(20), "it comes when the release said");
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_released_is_not_extended_while_the_release_is_repeated() {
    let rig = Rig::with(|settings| settings.visibility_timeout = Duration::from_secs(4));
    for _ in 0..5 {
        rig.queue.trouble(Operation::ChangeVisibility, Trouble::Away);
    }
    rig.send_body("flaky 1");
    let report = rig.finish(rig.start()).await;
    assert_eq!(report.stats.extended.get(), 0);
    let touched = rig.queue.calls(Operation::ChangeVisibility).into_iter().flat_map(|call| call.touched);
    assert!(touched.map(|touch| touch.visibility).all(|after| after <= Some(Duration::from_secs(2))));
}
