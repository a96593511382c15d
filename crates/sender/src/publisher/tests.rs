//! The publisher against a queue in memory, on a clock that only tests can move.

use std::ops::Range;

use outbound::Outgoing;
use outbound::producer::Settings;
use outbound::testing::{Call, Reply, TestPort};
use runtime::exit;
use shared::error::ErrorKind;
use sqs::lookup::QueueError;
use tokio::time::{sleep, timeout};

use super::*;
use crate::greeting::Greetings;
use crate::pace::Pace;

const SECOND: Duration = Duration::from_secs(1);
const AWAY: Reply = Reply::Faults(ErrorKind::Unavailable);

fn queue() -> TestPort {
    TestPort::new("q")
}

fn publisher<W: Write>(
    queue: &TestPort,
    greetings: Greetings,
    pace: Pace,
    lines: W,
) -> Publisher<Greetings, W> {
    let settings = Settings { patience: None, linger: Duration::ZERO, ..Settings::default() };
    let source = Source::new(greetings, pace, Instant::now());
    let producer = Producer::start(queue.clone(), settings);
    Publisher::new(producer, source, Output::plain(lines), CancellationToken::new())
}

/// A run until the end, or until a stop after that long.
async fn run_until(
    stop_after: Duration,
    queue: &TestPort,
    numbers: Range<u64>,
    pace: Pace,
) -> (Report, String) {
    let mut lines = Vec::new();
    let publisher = publisher(queue, Greetings::new(numbers, None), pace, &mut lines);
    let stop = publisher.stop.clone();
    tokio::spawn(async move {
        sleep(stop_after).await;
        stop.cancel();
    });
    let report = timeout(Duration::from_hours(24), publisher.run()).await.expect("a run ends");
    (report, String::from_utf8(lines).unwrap())
}

async fn run(queue: &TestPort, numbers: Range<u64>, pace: Pace) -> (Report, String) {
    run_until(Duration::MAX, queue, numbers, pace).await
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().fold(String::new(), |lines, n| lines + &format!("Message sent with id: {n}\n"))
}

fn number(message: &Outgoing) -> u64 {
    message.body.rsplit(' ').next().unwrap().parse().unwrap()
}

fn numbers(call: &Call) -> Vec<u64> {
    call.sent.iter().map(number).collect()
}

fn every(seconds: u64) -> Pace {
    Pace::every(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn all_are_sent_and_confirmed() {
    let queue = queue();
    let (report, printed) = run(&queue, 1..26, Pace::MAX).await;
    assert_eq!((report.confirmed, report.exit_code(Some(25))), (25, 0));
    assert_eq!((printed.lines().count(), queue.taken().len()), (25, 25));
    assert!(queue.calls().len() <= 4, "{}", queue.calls().len());
}

#[tokio::test(start_paused = true)]
async fn only_the_entry_that_failed_is_sent_again_under_the_same_id() {
    for reply in [Reply::Fails(1), Reply::Omits(1)] {
        let queue = queue().replying([reply]);
        let (report, printed) = run(&queue, 1..4, Pace::MAX).await;
        let calls = queue.calls();
        assert_eq!(calls[1].sent, calls[0].sent[1..2], "{reply:?}");
        assert_eq!((printed, report.confirmed, report.open), (lines([1, 3, 2]), 3, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fifo_queue_gets_what_failed_before_anything_behind_it() {
    let queue = TestPort::new("q.fifo").taking(SECOND).replying([Reply::Fails(1), AWAY, Reply::Fails(0)]);
    let greetings = Greetings::new(1..26, Some("g".into()));
    let report = publisher(&queue, greetings, Pace::MAX, Vec::new()).run().await;
    let sent: Vec<_> = queue.calls().iter().map(numbers).collect();
    let (first, second) = ((1..11).collect(), (11..21).collect());
    assert_eq!(sent, [first, vec![2], vec![2], vec![2], second, (21..26).collect::<Vec<_>>()]);
    assert_eq!((report.confirmed, report.exit_code(Some(25))), (25, 0));
}

#[tokio::test(start_paused = true)]
async fn an_entry_refused_for_good_is_given_up_and_counted() {
    let queue = queue().replying([Reply::Refuses(1)]);
    let (report, printed) = run(&queue, 1..4, Pace::MAX).await;
    assert_eq!((queue.calls().len(), printed), (1, lines([1, 3])));
    assert_eq!((report.confirmed, report.refused, report.open), (2, 1, 0));
    assert_eq!(report.exit_code(Some(3)), exit::FAILED);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_as_a_whole_is_repeated_for_as_long_as_it_takes() {
    let queue = queue().replying([AWAY; 200]);
    let (report, printed) = run(&queue, 1..4, Pace::MAX).await;
    let calls = queue.calls();
    assert!(calls.len() == 201 && calls.iter().all(|call| call.sent == calls[0].sent));
    assert_eq!((printed, report.exit_code(Some(3))), (lines(1..4), 0));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_neither_hold_up_the_pace_nor_shift_it() {
    let queue = queue().taking(Duration::from_millis(3_700));
    let (start, (report, _)) = (Instant::now(), run(&queue, 0..500, every(1)).await);
    for (number, call) in (0..).zip(queue.calls()) {
        assert_eq!((numbers(&call), call.at), (vec![number], start + Duration::from_secs(number)));
    }
    assert_eq!(report.confirmed, 500);
}

#[tokio::test(start_paused = true)]
async fn a_fast_pace_is_met_in_batches() {
    let queue = queue().taking(Duration::from_millis(30));
    let (report, _) = run(&queue, 1..501, Pace::per_second(100.0).unwrap()).await;
    assert_eq!(queue.calls().len(), 51);
    assert_eq!(report.elapsed, 5 * SECOND + Duration::from_millis(30));
}

#[tokio::test(start_paused = true)]
async fn at_most_thirty_two_calls_are_open() {
    for (calls, seconds) in [(32, 1), (33, 2), (64, 2)] {
        let queue = queue().taking(SECOND);
        let (report, _) = run(&queue, 0..calls * 10, Pace::MAX).await;
        assert_eq!((report.confirmed, report.elapsed.as_secs()), (calls * 10, seconds));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_the_next_message() {
    let (report, printed) = run_until(5 * SECOND, &queue(), 1..9, every(3_600)).await;
    assert_eq!((report.elapsed, printed), (5 * SECOND, lines([1])));
    assert_eq!((report.exit_code(None), report.exit_code(Some(8))), (0, exit::FAILED));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_answers_are_awaited() {
    let queue = queue().taking(4 * SECOND);
    let (report, printed) = run_until(SECOND / 2, &queue, 1..9, every(1)).await;
    assert_eq!((report.elapsed, printed), (4 * SECOND, lines([1])));
}

#[tokio::test(start_paused = true)]
async fn what_fails_after_a_stop_gets_one_last_try() {
    for (failures, confirmed, unconfirmed) in [(1, 1, 0), (2, 0, 1)] {
        let queue = queue().taking(SECOND).replying(vec![Reply::Fails(0); failures]);
        let (report, _) = run_until(SECOND / 2, &queue, 1..2, Pace::MAX).await;
        assert_eq!((report.confirmed, report.unconfirmed), (confirmed, unconfirmed));
        assert_eq!((queue.calls().len(), report.elapsed), (2, 2 * SECOND));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_cuts_a_backoff_short() {
    let queue = queue().replying(vec![AWAY; 5_000]);
    let (report, _) = run_until(1_000 * SECOND, &queue, 1..2, Pace::MAX).await;
    assert_eq!((report.open, report.elapsed), (1, 1_000 * SECOND));
    assert_eq!(report.exit_code(None), exit::ABANDONED, "a call was not answered");
    assert!(queue.calls().len() < 1_000);
    assert_eq!(queue.calls().last().map(|call| call.at), Some(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn what_is_unanswered_when_the_grace_ends_is_reported_as_unknown() {
    let queue = queue().replying([Reply::Takes, Reply::Hangs]);
    let (report, printed) = run_until(SECOND / 2, &queue, 1..16, Pace::MAX).await;
    assert_eq!((printed, report.open, report.elapsed), (lines(1..11), 5, 10 * SECOND + SECOND / 2));
    assert_eq!(report.exit_code(None), exit::ABANDONED);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_ends_the_run_and_leaves_its_messages_open() {
    let (report, printed) = run(&queue().replying([Reply::Takes, Reply::Panics]), 1..16, every(1)).await;
    assert_eq!((printed, report.open, report.elapsed), (lines([1]), 1, SECOND));
    assert_eq!(report.exit_code(None), exit::ABANDONED);
}

#[tokio::test(start_paused = true)]
async fn a_missing_queue_ends_the_run_once_the_other_calls_are_answered() {
    let queue = queue().taking(SECOND).replying([Reply::Faults(ErrorKind::NoSuchQueue)]);
    let (report, printed) = run(&queue, 1..1_000_000, Pace::MAX).await;
    let answered = queue.taken().len() as u64;
    assert!(report.elapsed <= 3 * SECOND && answered >= 150, "{report}");
    assert_eq!((report.confirmed, report.unconfirmed, report.open), (answered, 10, 0));
    assert_eq!(printed.lines().count() as u64, answered);
    assert!(matches!(report.fatal, Some(Fatal::Queue(QueueError::NoSuchQueue(_)))));
    assert_eq!(report.exit_code(None), exit::FAILED);
}

#[tokio::test(start_paused = true)]
async fn a_closed_output_is_a_stop() {
    let report = publisher(&queue(), Greetings::new(1..100, None), every(1), Closed).run().await;
    assert_eq!((report.confirmed, report.elapsed), (1, Duration::ZERO));
    assert_eq!(report.exit_code(None), 0);
}

/// A pipe whose reader has left.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
