//! A queue that a test fills: what became of each message, and what stuck.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use acquit_engine::delivery::Delivery;
use acquit_engine::handler::Handler;
use acquit_engine::job::{Body, Fail, Json, Meta};
use acquit_engine::testing::fake::{Operation, Trouble};
use acquit_engine::testing::{MOVED_BY_QUEUE, TestQueue, message};
use acquit_engine::verdict::Verdict;

use crate::inbox::{Inbox, Once};

async fn careless(_: Body) -> Result<(), Fail> {
    Ok(())
}

async fn careful(_: Once) -> Result<(), Fail> {
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_redelivered_is_a_duplicate_to_a_careful_job() {
    let queue = TestQueue::new(Inbox::default(), careful);
    queue.send(&1).redeliver().redeliver().send(&2);
    let drained = queue.drained().await;
    assert_eq!((drained.done, drained.duplicates, drained.retried), (2, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_redelivered_takes_effect_twice_with_a_careless_job() {
    let queue = TestQueue::new((), careless);
    queue.send(&1).redeliver();
    assert_eq!(queue.drained().await.done, 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_redelivered_comes_after_it_was_settled_with_a_higher_count() {
    async fn counts(meta: Meta, Body(body): Body) -> Result<(), Fail> {
        Err(Fail::reject(format!("{body}-{}", meta.receive_count), "as the test wanted"))
    }
    let queue = TestQueue::new((), counts);
    queue.send_raw("a").redeliver();
    let reasons: Vec<_> = queue.drained().await.dead_letters.into_iter().map(|dead| dead.reason).collect();
    assert_eq!(reasons, ["a-1", "a-2"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_json_is_a_dead_letter_with_its_body_and_reason() {
    async fn reserve(Json(_seat): Json<u32>) -> Result<(), Fail> {
        Ok(())
    }
    let queue = TestQueue::new((), reserve);
    let drained = queue.send_raw("{").send(&7).drained().await;
    assert_eq!((drained.done, drained.dead_letters.len()), (1, 1));
    let dead = &drained.dead_letters[0];
    assert_eq!((&*dead.body, &*dead.reason, dead.receive_count), ("{", "malformed", 1));
}

async fn fails(Json(times): Json<u32>, meta: Meta) -> Result<(), Fail> {
    if meta.receive_count <= times { Err(Fail::retry("busy", "429")) } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_is_called_again_until_its_receives_are_spent() {
    let queue = TestQueue::new((), fails).dead_letter_after(3);
    let drained = queue.send(&2).send(&3).drained().await;
    assert_eq!((drained.done, drained.dead_letters.len()), (1, 1));
    assert_eq!((&*drained.dead_letters[0].reason, drained.dead_letters[0].receive_count), ("busy", 3));
    assert_eq!(drained.retried, 5, "the last of them asked for a receive that there was not");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_crashes_after_the_effect_gets_the_message_again() {
    let queue = TestQueue::new(Inbox::default(), careful);
    queue.send(&1).crash();
    let drained = queue.drained().await;
    assert_eq!((drained.done, drained.duplicates), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_always_crashes_spends_the_receives_and_the_queue_moves_the_message() {
    let queue = TestQueue::new((), careless).dead_letter_after(2);
    queue.send(&1).crash().crash();
    let drained = queue.drained().await;
    assert_eq!((drained.done, &*drained.dead_letters[0].reason), (2, MOVED_BY_QUEUE));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_hours_away_is_waited_for() {
    async fn tomorrow(meta: Meta) -> Result<(), Fail> {
        let later = Duration::from_hours(11);
        if meta.receive_count == 1 { Err(Fail::retry("later", "429").after(later)) } else { Ok(()) }
    }
    let queue = TestQueue::new((), tomorrow);
    let drained = queue.send(&1).drained().await;
    assert_eq!((drained.done, drained.retried), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_same_id_sent_twice_is_a_duplicate() {
    let queue = TestQueue::new(Inbox::default(), careful);
    queue.send_message(message("a").id("x")).send_message(message("a").id("x"));
    let drained = queue.drained().await;
    assert_eq!((drained.done, drained.duplicates), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_answer_is_lost_is_asked_for_again() {
    let queue = TestQueue::new((), careless);
    queue.queue().trouble(Operation::Delete, Trouble::Unavailable);
    assert_eq!(queue.send(&1).drained().await.done, 1);
    assert_eq!(queue.queue().calls(Operation::Delete).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_was_drained_can_be_filled_again() {
    let queue = TestQueue::new((), careless);
    assert_eq!(queue.send(&1).drained().await.done, 1);
    assert_eq!(queue.send(&2).send(&3).drained().await.done, 3);
}

/// Handles whole batches, and notes the largest one.
struct Batches(Arc<AtomicU32>);

impl Handler for Batches {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        self.0.fetch_max(u32::try_from(batch.len()).expect("a batch is small"), Ordering::Relaxed);
        vec![Verdict::Done; batch.len()]
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_batches() {
    let most = Arc::<AtomicU32>::default();
    let queue = TestQueue::of(Batches(most.clone()));
    for number in 0..10 {
        queue.send(&number);
    }
    assert_eq!((queue.drained().await.done, most.load(Ordering::Relaxed)), (10, 10));
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "1 of the messages are never done:\n  \"x\", received 1 times, the job said last: unavailable (no route)"
)]
async fn a_job_whose_server_is_never_there_is_stuck_and_the_test_says_so() {
    async fn unavailable(_: Body) -> Result<(), Fail> {
        Err(Fail::unavailable("no route"))
    }
    TestQueue::new((), unavailable).send_raw("x").drained().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_is_timed_out_and_set_aside_beside_others_that_do() {
    async fn sleeps(Json(forever): Json<bool>) -> Result<(), Fail> {
        if forever {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }
    let queue = TestQueue::new((), sleeps).dead_letter_after(2);
    let drained = queue.send(&true).send(&false).send(&false).drained().await;
    assert_eq!((drained.done, drained.dead_letters.len()), (2, 1));
}

#[tokio::test]
#[should_panic(expected = "write #[tokio::test(start_paused = true)]")]
async fn a_test_that_forgot_to_pause_its_clock_is_told_so() {
    TestQueue::new((), careless).send(&1).drained().await;
}
