//! Batches take what is there, up to their limits, and never wait for more.

use std::time::Duration;

use tokio::time::Instant;

use crate::fake::Handled;
use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn a_single_message_is_handled_at_once() {
    let harness = Harness::new();
    let run = harness.start();
    harness.until("the first poll waits", |harness| harness.queue.open_polls() == 1).await;
    for _ in 0..5 {
        let sent = Instant::now();
        harness.send(1);
        harness.until("it is handled", |harness| harness.queue.is_empty()).await;
        let batches = harness.store.batches();
        assert!(batches[batches.len() - 1].at - sent < Duration::from_millis(5));
    }
    harness.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_deleted_and_counted_by_itself() {
    let harness = Harness::new();
    harness.send_body("foreign");
    harness.send(2);
    let run = harness.start();
    let report = harness.finish(run).await;
    let stats = &report.stats;
    assert_eq!((stats.filtered.get(), stats.stored.get(), stats.duplicates.get()), (1, 2, 0));
    assert_eq!((stats.deleted.get(), harness.queue.dead_letters().len()), (3, 0));
}

/// Handles two batches as they come, with everything else waiting behind them.
async fn waiting(harness: &Harness) -> Vec<Handled> {
    harness.store.hold();
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == harness.sent().len()).await;
    harness.store.let_go();
    harness.finish(run).await;
    harness.store.batches()
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_handled_together_up_to_the_row_limit() {
    let harness = Harness::with(|settings| {
        settings.max_in_flight = 1_000;
        settings.batch.rows = 100;
    });
    harness.send(500);
    let batches = waiting(&harness).await;
    assert!(batches.iter().all(|batch| batch.ids.len() <= 100));
    assert_eq!(batches.iter().filter(|batch| batch.ids.len() == 100).count(), 4, "{batches:?}");
    assert!(batches.len() <= 7, "two at once, then four full ones and a rest, not {}", batches.len());
}

#[tokio::test(start_paused = true)]
async fn a_batch_stays_within_its_bytes() {
    let harness = Harness::with(|settings| settings.batch.bytes = 1_000);
    for _ in 0..60 {
        harness.send_body(&"x".repeat(290));
    }
    let batches = waiting(&harness).await;
    assert!(batches.iter().all(|batch| batch.bytes <= 1_000));
    assert!(batches.iter().filter(|batch| batch.ids.len() == 3).count() >= 18, "{batches:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_the_limit_is_a_batch_of_its_own() {
    let harness = Harness::with(|settings| settings.batch.bytes = 1_000);
    harness.send(15);
    let large = harness.send_body(&"x".repeat(5_000));
    harness.send(15);
    let batches = waiting(&harness).await;
    let with_it: Vec<_> = batches.iter().filter(|batch| batch.ids.contains(&large)).collect();
    assert_eq!(with_it.len(), 1);
    assert_eq!(with_it[0].ids, [large]);
}
