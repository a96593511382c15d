//! Every message becomes one row and leaves the queue, in that order.

use std::time::Duration;

use tokio::time::sleep;

use crate::fake::{Operation, Trouble};
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn every_message_is_stored_once_and_deleted() {
    let rig = Rig::new();
    let run = rig.start();
    rig.send(137);
    let report = rig.finish(run).await;
    assert_eq!(
        (rig.store.rows().len(), report.stats.stored.get(), report.stats.deleted.get()),
        (137, 137, 137)
    );
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_deleted_only_after_it_was_stored() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(25);
    let run = rig.start();
    sleep(Duration::from_mins(2)).await;
    assert!(rig.queue.calls(Operation::Delete).is_empty());
    rig.store.let_go();
    rig.finish(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_in_one_answer_is_stored_once() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Receive, Trouble::Twice);
    rig.send(5);
    let report = rig.finish(rig.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_while_it_is_held_is_stored_once() {
    let rig = Rig::new();
    rig.store.hold();
    rig.send(5);
    let run = rig.start();
    rig.until("all are held", |rig| rig.queue.most_in_flight() == 5).await;
    rig.queue.expire();
    sleep(Duration::from_secs(1)).await;
    rig.store.let_go();
    let report = rig.finish(run).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_sent_again_is_stored_once() {
    let rig = Rig::new();
    let id = rig.send_body("hello");
    rig.send_as(id, "hello 0".into());
    let report = rig.finish(rig.start()).await;
    assert_eq!((report.stats.stored.get(), report.stats.duplicates.get()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_though_the_answer_was_lost_is_stored_once() {
    let rig = Rig::new();
    rig.store.lose_answers(2);
    rig.send(20);
    let report = rig.finish(rig.start()).await;
    assert_eq!(rig.store.rows().len(), 20);
    assert_eq!(report.stats.deleted.get(), 20);
}

#[tokio::test(start_paused = true)]
async fn short_and_unordered_answers_lose_nothing() {
    let rig = Rig::new();
    for trouble in [Trouble::Reversed, Trouble::Short(1), Trouble::Short(3), Trouble::Twice] {
        rig.queue.trouble(Operation::Receive, trouble);
    }
    rig.send(60);
    rig.finish(rig.start()).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_brought_that_got_lost_comes_again() {
    let rig = Rig::new();
    rig.queue.trouble(Operation::Receive, Trouble::Lost);
    rig.send(15);
    rig.finish(rig.start()).await;
    assert_eq!(rig.store.rows().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_process_held_is_stored_by_the_next_one() {
    let rig = Rig::new();
    rig.store.takes(Duration::from_millis(20));
    rig.send(40);
    let run = rig.start();
    rig.until("some are stored", |rig| !rig.store.rows().is_empty()).await;
    run.crash().await;
    let run = rig.start();
    rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
    assert_eq!(run.stop().await.left, 0);
    assert_eq!(rig.store.rows().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_a_queue() {
    let rig = Rig::new();
    let (first, second) = (rig.start(), rig.start());
    rig.send(300);
    rig.finish(first).await;
    assert_eq!(second.stop().await.left, 0);
    assert_eq!(rig.store.rows().len(), 300);
}
