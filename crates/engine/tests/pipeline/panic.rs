//! A panic of the handler costs a message; one of the engine ends the process, with what others hold
//! settled. It never looks healthy.

use std::time::Duration;

use acquit_engine::delivery::Delivery;
use acquit_engine::handler::{Backend, Handler};
use acquit_engine::monitor::State;
use acquit_engine::verdict::{Rejection, Unavailable, Verdict, Witness};
use tokio::time::{Instant, sleep};

use crate::fake::{Operation, Trouble, reason};
use crate::harness::Harness;

/// Reasons of the dead letters.
fn reasons(harness: &Harness) -> Vec<Option<&'static str>> {
    harness.queue.dead_letters().iter().map(reason).collect()
}

#[tokio::test(start_paused = true)]
async fn one_bomb_among_twenty_of_a_batch_costs_one_message() {
    let harness = Harness::new();
    harness.send(10);
    harness.send_body("bomb");
    harness.send(9);
    let report = harness.finish(harness.start()).await;
    let batches: Vec<_> = harness.store.batches().iter().map(|batch| batch.ids.len()).collect();
    let alone = batches.iter().filter(|messages| **messages == 1).count();
    assert_eq!(alone, batches[0] + 4, "only its batch is taken apart: {batches:?}");
    assert_eq!((reasons(&harness), harness.store.rows().len()), (vec![Some("panicked")], 19));
    assert_eq!(report.stats.received.get(), 19 + 5, "the others are received once");
}

#[tokio::test(start_paused = true)]
async fn one_message_among_twenty_of_a_batch_that_takes_too_long_costs_itself() {
    let harness = Harness::with(|settings| settings.handler_timeout = Duration::from_secs(10));
    harness.send(10);
    harness.send_body("takes 11000");
    harness.send(9);
    let report = harness.finish(harness.start()).await;
    assert_eq!((reasons(&harness), harness.store.rows().len()), (vec![Some("timeout")], 19));
    assert_eq!(report.stats.received.get(), 19 + 5, "the others are received once");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_only_worker_is_stored_when_its_handler_panics() {
    let harness = Harness::with(|settings| {
        settings.workers = 1;
        settings.batch.rows = 1;
    });
    harness.send_body("bomb");
    harness.send(9);
    let run = harness.start();
    let began = Instant::now();
    harness.until("the others are stored", |harness| harness.store.rows().len() == 9).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    harness.finish(run).await;
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
    harness.store.let_go();
    let (report, _) = harness.stop(run).await;
    assert_eq!((report.left, left(&harness)), (0, vec![bomb]));
}

/// Says this of every message, and panics whatever else it is asked.
struct Clumsy(Verdict);

impl Handler for Clumsy {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        vec![self.0.clone(); batch.len()]
    }

    async fn look(&self) -> Result<(), Unavailable> {
        panic!("as the test wanted")
    }

    async fn witness(&self) -> Witness {
        panic!("as the test wanted")
    }

    async fn accept(&self) {
        panic!("as the test wanted")
    }

    fn backend(&self) -> Option<Backend> {
        panic!("as the test wanted")
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_when_it_is_asked_how_things_are_blames_no_message_and_ends_nothing() {
    let harness = Harness::new();
    harness.send(5);
    let run = harness.start_with(Clumsy(Verdict::Reject(Rejection::new("data-error", ""))));
    sleep(Duration::from_mins(1)).await;
    let status = run.monitor.status().await;
    assert_eq!((status.state, harness.queue.dead_letters().len()), (State::DatabaseAway, 0));
    harness.stop(run).await;
    assert_eq!(harness.queue.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_panics_before_a_trial_poll_ends_nothing() {
    let harness = Harness::new();
    harness.send(1);
    let run = harness.start_with(Clumsy(Verdict::Unavailable(Unavailable::passing("gone"))));
    // SQS lets no message be held for longer; then a look comes before the next receive.
    sleep(Duration::from_hours(13)).await;
    assert_eq!(harness.visible(), 1);
    harness.stop(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_stage_that_panics_ends_the_run_with_an_error() {
    let harness = Harness::new();
    harness.queue.trouble(Operation::Receive, Trouble::Panics);
    let run = harness.start();
    let began = Instant::now();
    let broken = run.broken().await;
    assert!(broken.to_string().contains("receiver"), "{broken}");
    assert!(began.elapsed() <= Duration::from_secs(25), "within the grace");
}

#[tokio::test(start_paused = true)]
async fn what_others_hold_is_settled_before_a_panic_ends_the_run() {
    let harness = Harness::with(|settings| {
        settings.batch.rows = 1;
        settings.max_in_flight = 20;
    });
    harness.store.takes(Duration::from_millis(50));
    harness.send(100);
    let run = harness.start();
    harness.until("some are stored", |harness| !harness.store.rows().is_empty()).await;
    harness.queue.trouble(Operation::Receive, Trouble::Panics);
    run.broken().await;
    let left = harness.queue.messages();
    assert_eq!(harness.store.rows().len() + left.len(), 100);
    assert!(left.len() > 50 && left.iter().all(|(message, _)| message.receive_count == 0), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_draining_is_an_error_too() {
    let harness = Harness::with(|settings| settings.batch.rows = 1);
    harness.store.hold();
    harness.send(3);
    let run = harness.start();
    harness.until("all are held", |harness| harness.queue.most_in_flight() == 3).await;
    let (stop, broken) = run.parts();
    stop.send(()).unwrap();
    sleep(Duration::from_millis(1)).await;
    harness.queue.trouble(Operation::Delete, Trouble::Panics);
    harness.store.let_go();
    assert!(broken.await.to_string().contains("settler"));
}

fn left(harness: &Harness) -> Vec<shared::message::DedupId> {
    harness.queue.messages().into_iter().map(|(message, _)| message.id).collect()
}
