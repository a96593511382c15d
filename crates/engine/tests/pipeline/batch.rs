//! Batches take what is there, up to their limits, and never wait for more.

use std::time::Duration;

use tokio::time::Instant;

use crate::fake::Handled;
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn a_single_message_is_handled_at_once() {
    let rig = Rig::new();
    let run = rig.start();
    rig.until("the first poll waits", |rig| rig.queue.open_polls() == 1).await;
    for _ in 0..5 {
        let sent = Instant::now();
        rig.send(1);
        rig.until("it is handled", |rig| rig.queue.is_empty()).await;
        let batches = rig.store.batches();
        assert!(batches[batches.len() - 1].at - sent < Duration::from_millis(5));
    }
    rig.finish(run).await;
}

/// Handles two batches as they come, with everything else waiting behind them.
async fn waiting(rig: &Rig) -> Vec<Handled> {
    rig.store.hold();
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == rig.sent().len()).await;
    rig.store.let_go();
    rig.finish(run).await;
    rig.store.batches()
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_handled_together_up_to_the_row_limit() {
    let rig = Rig::with(|settings| {
        settings.max_in_flight = 1_000;
        settings.batch.rows = 100;
    });
    rig.send(500);
    let batches = waiting(&rig).await;
    assert!(batches.iter().all(|batch| batch.ids.len() <= 100));
    assert_eq!(batches.iter().filter(|batch| batch.ids.len() == 100).count(), 4, "{batches:?}");
    assert!(batches.len() <= 7, "two at once, then four full ones and a rest, not {}", batches.len());
}

#[tokio::test(start_paused = true)]
async fn a_batch_stays_within_its_bytes() {
    let rig = Rig::with(|settings| settings.batch.bytes = 1_000);
    for _ in 0..60 {
        rig.send_body(&"x".repeat(290));
    }
    let batches = waiting(&rig).await;
    assert!(batches.iter().all(|batch| batch.bytes <= 1_000));
    assert!(batches.iter().filter(|batch| batch.ids.len() == 3).count() >= 18, "{batches:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_the_limit_is_a_batch_of_its_own() {
    let rig = Rig::with(|settings| settings.batch.bytes = 1_000);
    rig.send(15);
    let large = rig.send_body(&"x".repeat(5_000));
    rig.send(15);
    let batches = waiting(&rig).await;
    let with_it: Vec<_> = batches.iter().filter(|batch| batch.ids.contains(&large)).collect();
    assert_eq!(with_it.len(), 1);
    assert_eq!(with_it[0].ids, [large]);
}
