//! A panic ends the process, with what others hold settled; it never looks healthy.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_ends_the_run_with_an_error() {
    let rig = Rig::new();
    rig.send_body("bomb");
    let run = rig.start();
    let began = Instant::now();
    let broken = run.broken().await;
    assert!(broken.to_string().contains("worker"), "{broken}");
    assert!(began.elapsed() <= Duration::from_secs(25), "within the grace");
    assert_eq!(rig.queue.len(), 1);
    rig.check();
}

#[tokio::test(start_paused = true)]
async fn what_other_workers_hold_is_settled_before_a_panic_ends_the_run() {
    let rig = Rig::with(|settings| settings.batch.rows = 1);
    rig.store.takes(Duration::from_millis(50));
    rig.send(3);
    let bomb = rig.send_body("bomb");
    rig.send(30);
    rig.start().broken().await;
    let left: Vec<_> = rig.queue.messages().into_iter().map(|(message, _)| message.id).collect();
    assert_eq!((left, rig.store.rows().len()), (vec![bomb], 33));
    rig.check();
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_only_worker_is_given_back_when_it_panics() {
    let rig = Rig::with(|settings| {
        settings.workers = 1;
        settings.batch.rows = 1;
    });
    rig.send_body("bomb");
    rig.send(9);
    rig.start().broken().await;
    assert_eq!(rig.visible(), 9);
    rig.check();
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_draining_is_an_error_too() {
    let rig = Rig::with(|settings| settings.batch.rows = 1);
    rig.store.hold();
    rig.send(2);
    rig.send_body("bomb");
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 3).await;
    let (stop, broken) = run.parts();
    stop.send(()).unwrap();
    sleep(Duration::from_millis(1)).await;
    rig.store.let_go();
    assert!(broken.await.to_string().contains("worker"));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_deleted_though_its_delete_waits_for_company_that_panics() {
    let rig = Rig::with(|settings| {
        settings.batch.rows = 1;
        settings.wait_time = Duration::from_secs(1);
    });
    rig.store.hold();
    rig.send(1);
    let bomb = rig.send_body("takes 10 bomb");
    let run = rig.start();
    rig.until("both are held", |rig| rig.store.batches().len() == 2).await;
    let (stop, broken) = run.parts();
    stop.send(()).unwrap();
    sleep(Duration::from_secs(2)).await;
    rig.store.let_go();
    broken.await;
    let left: Vec<_> = rig.queue.messages().into_iter().map(|(message, _)| message.id).collect();
    assert_eq!(left, [bomb]);
    rig.check();
}
