//! Each message by itself: a worker a message, and a job that is called for each.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquit_engine::job::{Body, Fail, JobHandler, Json, Meta, State};
use acquit_engine::testing::run::Run;
use tokio::time::{Instant, sleep, timeout};

use crate::fake::{FakeStore, Operation, reason};
use crate::harness::Harness;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// A harness for as many messages at once.
fn harness(concurrency: usize, timeout: Duration) -> Harness {
    Harness::with(|settings| {
        settings.workers = concurrency;
        settings.batch.rows = 1;
        settings.handler_timeout = timeout;
    })
}

fn start(harness: &Harness) -> Run {
    harness.start_with(JobHandler::new(work, harness.store.clone()))
}

/// Does what the first word of the body says, and then stores the message: `takes SECONDS`, `stuck`,
/// `bomb`, `until` the worker stops, `busy SECONDS` on the first receive, and on that `watchful` until its lease is lost.
async fn work(Body(body): Body, meta: Meta, State(store): State<FakeStore>) -> Result<(), Fail> {
    store.begin(meta.id).await;
    let mut words = body.split(' ');
    let (word, is_first) = (words.next(), meta.receive_count == 1);
    let seconds = Duration::from_secs(words.next().and_then(|number| number.parse().ok()).unwrap_or(0));
    match word {
        Some("takes") => sleep(seconds).await,
        Some("stuck") => std::future::pending().await,
        Some("bomb") => panic!("as the test wanted"),
        Some("until") => {
            meta.stopping.cancelled().await;
            return Err(Fail::retry("stopping", "the worker stops").after(HOUR));
        }
        Some("busy") if is_first => return Err(Fail::retry("busy", "429").after(seconds)),
        Some("watchful") if is_first => {
            timeout(HOUR, meta.lease_lost.cancelled()).await?;
            return Err(Fail::retry("lease-lost", "another consumer may have it"));
        }
        _ => {}
    }
    store.keep(meta.id, &body);
    Ok(())
}

/// When work on the message began, each time.
fn begun(harness: &Harness, id: shared::message::DedupId) -> Vec<Instant> {
    harness.store.batches().iter().filter(|batch| batch.ids == [id]).map(|batch| batch.at).collect()
}

fn reasons(harness: &Harness) -> Vec<Option<&'static str>> {
    harness.queue.dead_letters().iter().map(reason).collect()
}

#[tokio::test(start_paused = true)]
async fn a_job_of_ten_minutes_holds_up_nobody_and_keeps_its_lease() {
    let harness = harness(2, HOUR);
    let slow = harness.send_body("takes 600");
    let run = start(&harness);
    harness.until("it is begun", |harness| begun(harness, slow).len() == 1).await;
    let sent = Instant::now();
    harness.send(50);
    harness.until("the others are stored", |harness| harness.store.rows().len() == 50).await;
    assert!(sent.elapsed() < SECOND, "{:?}", sent.elapsed());
    harness.until("it is stored", |harness| harness.store.rows().contains_key(&slow)).await;
    let report = harness.finish(run).await;
    assert_eq!((report.stats.received.get(), report.stats.lost.get()), (51, 0));
    assert_eq!(begun(&harness, slow).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_comes_back_after_the_delay_that_its_job_names() {
    let harness = harness(4, HOUR);
    let busy = harness.send_body("busy 90");
    let report = harness.finish(start(&harness)).await;
    let begun = begun(&harness, busy);
    let pause = begun[1] - begun[0];
    assert!((90..92).contains(&pause.as_secs()), "{pause:?}");
    assert_eq!(report.stats.retried.counts().get("busy"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_panics_costs_its_message_and_ends_nothing() {
    let harness = harness(4, HOUR);
    harness.send(5);
    harness.send_body("bomb");
    harness.send(15);
    let report = harness.finish(start(&harness)).await;
    assert_eq!(reasons(&harness), [Some("panicked")]);
    assert_eq!(harness.queue.dead_letters()[0].message.receive_count, 5, "as any message that is retried");
    assert_eq!((harness.store.rows().len(), report.stats.received.get()), (20, 25));
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_lease_is_lost_is_told_and_the_message_takes_effect_once() {
    let harness = harness(4, HOUR);
    let id = harness.send_body("watchful");
    let run = start(&harness);
    harness.until("it is begun", |harness| begun(harness, id).len() == 1).await;
    sleep(SECOND * 40).await;
    harness.queue.expire();
    assert_eq!(harness.queue.steal(1), 1);
    let lost = Instant::now();
    harness.until("it comes again", |harness| begun(harness, id).len() == 2).await;
    assert!(lost.elapsed() < SECOND * 50, "{:?}", lost.elapsed());
    let report = harness.finish(run).await;
    let lost = (report.stats.lost.get(), report.stats.retried.counts().get("lease-lost").copied());
    assert_eq!((lost, report.stats.stored.get()), ((1, Some(1)), 1));
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_lease_runs_out_while_sqs_is_away_is_told() {
    let harness = harness(4, HOUR);
    let id = harness.send_body("watchful");
    let run = start(&harness);
    harness.until("it is begun", |harness| begun(harness, id).len() == 1).await;
    harness.queue.away_for(&[Operation::ChangeVisibility], SECOND * 100);
    harness.until("it comes again", |harness| begun(harness, id).len() == 2).await;
    let pause = begun(&harness, id)[1] - begun(&harness, id)[0];
    assert!((30..60).contains(&pause.as_secs()), "{pause:?}");
    sleep(SECOND).await;
    assert_eq!(run.monitor.status().await.retried.get("lease-lost"), Some(&1), "told in time");
    // The release that is pending is given up by then.
    sleep(SECOND * 200).await;
    assert_eq!(harness.finish(run).await.stats.retried.counts().get("lease-lost"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_asks_for_it_is_told_when_the_worker_stops() {
    let harness = harness(4, HOUR);
    let id = harness.send_body("until");
    let run = start(&harness);
    harness.until("it is begun", |harness| begun(harness, id).len() == 1).await;
    let (report, took) = harness.stop(run).await;
    assert_eq!((report.left, harness.queue.len()), (0, 1));
    assert_eq!(report.stats.retried.counts().get("stopping"), Some(&1));
    assert!(took <= SECOND * 21, "as long as an open poll: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_is_a_dead_letter_in_the_end_and_others_go_on() {
    for (concurrency, others) in [(1, 20), (4, 20), (1, 0), (4, 0)] {
        let harness = harness(concurrency, SECOND * 10);
        harness.send(others);
        harness.send_body("stuck");
        harness.finish(start(&harness)).await;
        assert_eq!((reasons(&harness), harness.store.rows().len()), (vec![Some("timeout")], others));
        assert_eq!(
            harness.queue.dead_letters()[0].message.receive_count,
            5,
            "as any message that is retried"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_hangs_for_all_stops_receiving_and_work_resumes_by_itself() {
    let harness = harness(4, SECOND * 10);
    harness.queue.give_up_after(Some(3));
    harness.store.hold();
    harness.send(30);
    let run = start(&harness);
    // Meanwhile it was in doubt whose fault it is, and others were received to try with.
    sleep(SECOND * 180).await;
    harness.send(30);
    let polls = harness.queue.calls(Operation::Receive).len();
    sleep(SECOND * 600).await;
    assert_eq!(harness.queue.calls(Operation::Receive).len(), polls, "nothing is received meanwhile");
    let counts: Vec<_> = harness.queue.messages().iter().map(|(message, _)| message.receive_count).collect();
    let again = counts.iter().filter(|count| **count > 1).count();
    assert!(again <= 3, "as many as run at once, but one: {counts:?}");
    let tried: BTreeSet<_> = harness.store.batches().iter().map(|batch| batch.ids.clone()).collect();
    assert!(tried.len() >= 30, "each time another is tried");
    harness.store.let_go();
    let back = Instant::now();
    harness.until("all are stored", |harness| harness.store.rows().len() == 60).await;
    assert!(back.elapsed() < SECOND * 5, "{:?}", back.elapsed());
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_hangs_on_the_last_receive_costs_one_message_at_most() {
    let harness = harness(8, SECOND * 10);
    harness.queue.give_up_after(Some(1));
    harness.store.hold();
    harness.send(30);
    let run = start(&harness);
    sleep(SECOND * 300).await;
    harness.store.let_go();
    harness.finish(run).await;
    assert_eq!((reasons(&harness), harness.store.rows().len()), (vec![Some("timeout")], 29));
}

#[tokio::test(start_paused = true)]
async fn a_few_jobs_that_never_end_do_not_keep_others_from_being_received() {
    let harness = harness(2, SECOND * 10);
    for _ in 0..3 {
        harness.send_body("stuck");
    }
    let run = start(&harness);
    sleep(SECOND * 120).await;
    let sent = Instant::now();
    harness.send(20);
    harness.until("the others are stored", |harness| harness.store.rows().len() == 20).await;
    assert!(sent.elapsed() < SECOND * 60, "{:?}", sent.elapsed());
    // As soon as others succeed now and then, they are to blame.
    for _ in 0..60 {
        harness.send(1);
        sleep(SECOND * 15).await;
    }
    harness.finish(run).await;
    assert_eq!(reasons(&harness), [Some("timeout"); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_rejects_is_believed_at_once_whatever_the_limit() {
    async fn parse(Json(_): Json<u32>) -> Result<(), Fail> {
        Ok(())
    }
    let harness = harness(4, HOUR);
    for _ in 0..60 {
        harness.send_body("no number");
    }
    let report = harness.finish(harness.start_with(JobHandler::new(parse, ()))).await;
    assert_eq!(reasons(&harness), [Some("malformed"); 60]);
    assert_eq!(report.stats.received.get(), 60);
}

#[tokio::test(start_paused = true)]
async fn errors_that_a_job_passes_on_may_hide_an_outage_and_count_against_the_limit() {
    async fn fail(_: Body) -> Result<(), Fail> {
        Err(std::io::Error::other("connection refused"))?
    }
    let harness = harness(4, HOUR);
    harness.queue.give_up_after(Some(1));
    for _ in 0..60 {
        harness.send_body("hello");
    }
    let run = harness.start_with(JobHandler::new(fail, ()));
    sleep(SECOND * 300).await;
    assert_eq!(reasons(&harness), [Some("error"); 20]);
    harness.stop(run).await;
    assert_eq!(harness.queue.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_told_which_receive_is_the_last() {
    async fn job(meta: Meta, State(told): State<Arc<Mutex<Vec<bool>>>>) -> Result<(), Fail> {
        told.lock().unwrap().push(meta.last_receive);
        Err(Fail::retry("busy", "429"))
    }
    let (harness, told) = (harness(1, HOUR), Arc::<Mutex<Vec<bool>>>::default());
    harness.queue.give_up_after(Some(3));
    harness.send(1);
    let run = harness.start_with(JobHandler::new(job, told.clone()));
    harness.until("it is a dead letter", |harness| harness.queue.is_empty()).await;
    assert_eq!(*told.lock().unwrap(), [false, false, true]);
    assert_eq!(reasons(&harness), [Some("busy")]);
    harness.stop(run).await;
}
