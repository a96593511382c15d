//! Leases that end otherwise than by a settlement: refused, or held for as long as SQS allows.

use std::collections::HashMap;
use std::time::Duration;

use acquit_engine::queue::EntryResult;
use tokio::time::{Instant, sleep};

use crate::fake::{Call, Operation, Trouble};
use crate::harness::Harness;

const TIMEOUT: Duration = Duration::from_secs(30);

fn extensions(harness: &Harness) -> Vec<Call> {
    harness.queue.calls(Operation::ChangeVisibility)
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_refused_is_counted_once_and_its_message_stored_once() {
    let harness = Harness::new();
    harness.store.hold();
    harness.send(5);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 5).await;
    harness.queue.expire();
    assert_eq!(harness.queue.steal(3), 3);
    sleep(TIMEOUT * 2 / 3).await;
    let mut refused = HashMap::new();
    for touch in extensions(&harness).into_iter().flat_map(|call| call.touched) {
        if touch.entry == EntryResult::Stale {
            *refused.entry(touch.id).or_insert(0) += 1;
        }
    }
    assert!(refused.values().all(|times| *times == 1), "{refused:?}");
    harness.store.let_go();
    let report = harness.finish(run).await;
    // Two of them came to this process again and were refused under their first receipts.
    assert_eq!((refused.len(), report.stats.lost.get()), (5, 5));
    assert_eq!(report.stats.stored.get(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_settled_while_its_extension_is_under_way_is_not_lost() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::ChangeVisibility, Trouble::Late(Duration::from_secs(3)));
    harness.store.hold();
    harness.send(1);
    let run = harness.start();
    harness.until("its extension is under way", |harness| extensions(harness).len() == 1).await;
    harness.store.let_go();
    harness.until("it is deleted", |harness| harness.queue.is_empty()).await;
    sleep(Duration::from_secs(10)).await;
    assert_eq!(harness.finish(run).await.stats.lost.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_held_for_as_long_as_sqs_allows_is_given_back() {
    const HOUR: Duration = Duration::from_hours(1);
    let harness = Harness::with(|settings| settings.visibility_timeout = HOUR);
    harness.store.away_for(HOUR * 13);
    harness.send(1);
    let run = harness.start();
    let received = Instant::now();
    sleep(HOUR * 12).await;
    let (extensions, release) = {
        let mut calls = extensions(&harness);
        let release = calls.pop().unwrap();
        (calls, release)
    };
    let ends = extensions.iter().map(|call| call.at + call.touched[0].visibility.unwrap());
    assert!(ends.clone().all(|end| end < received + HOUR * 12), "{extensions:?}");
    assert!(ends.max() > Some(received + HOUR * 11), "the last one is for what is left");
    assert_eq!(release.touched[0].visibility, Some(Duration::ZERO));
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.stored.get()), (2, 1));
}
