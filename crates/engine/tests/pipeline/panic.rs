//! A panic ends the process, with what others hold settled; it never looks healthy.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::harness::Harness;

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_ends_the_run_with_an_error() {
    let harness = Harness::new();
    harness.send_body("bomb");
    let run = harness.start();
    let began = Instant::now();
    let broken = run.broken().await;
    assert!(broken.to_string().contains("worker"), "{broken}");
    assert!(began.elapsed() <= Duration::from_secs(25), "within the grace");
    assert_eq!(harness.queue.len(), 1);
    harness.check();
}

#[tokio::test(start_paused = true)]
async fn what_other_workers_hold_is_settled_before_a_panic_ends_the_run() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.store.takes(Duration::from_millis(50));
    harness.send(3);
    let bomb = harness.send_body("bomb");
    harness.send(30);
    harness.start().broken().await;
    let left: Vec<_> = harness.queue.messages().into_iter().map(|(message, _)| message.id).collect();
    assert_eq!((left, harness.store.rows().len()), (vec![bomb], 33));
    harness.check();
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_only_worker_is_given_back_when_it_panics() {
    let harness = Harness::with(|settings| {
        settings.workers = 1;
        settings.batch.rows = 1;
    });
    harness.send_body("bomb");
    harness.send(9);
    harness.start().broken().await;
    assert_eq!(harness.visible(), 9);
    harness.check();
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_draining_is_an_error_too() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.store.hold();
    harness.send(2);
    harness.send_body("bomb");
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 3).await;
    let (stop, broken) = run.parts();
    stop.send(()).unwrap();
    sleep(Duration::from_millis(1)).await;
    harness.store.let_go();
    assert!(broken.await.to_string().contains("worker"));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_deleted_though_its_delete_waits_for_company_that_panics() {
    let harness = Harness::with(|settings| {
        settings.batch.rows = 1;
        settings.wait_time = Duration::from_secs(1);
    });
    harness.store.hold();
    harness.send(1);
    let bomb = harness.send_body("takes 10 bomb");
    let run = harness.start();
    harness.until("both are held", |harness| harness.store.batches().len() == 2).await;
    let (stop, broken) = run.parts();
    stop.send(()).unwrap();
    sleep(Duration::from_secs(2)).await;
    harness.store.let_go();
    broken.await;
    let left: Vec<_> = harness.queue.messages().into_iter().map(|(message, _)| message.id).collect();
    assert_eq!(left, [bomb]);
    harness.check();
}
