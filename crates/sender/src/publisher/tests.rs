//! The publisher against a scripted queue, on a clock that only tests can move.

use std::io;
use std::ops::Range;

use runtime::exit;
use sqs::lookup::QueueError;
use tokio::time::sleep;

use super::fake::{Call, Fake, Reply};
use super::*;
use crate::pace::Pace;

const SECOND: Duration = Duration::from_secs(1);

/// A run until the end, or until a stop after that long.
async fn run_until(stop_after: Duration, fake: &Fake, numbers: Range<u64>, pace: Pace) -> (Report, String) {
    let mut lines = Vec::new();
    let stop = CancellationToken::new();
    let source = Source::new(numbers, pace, Instant::now());
    let publisher = Publisher::new(fake.clone(), source, Output::plain(&mut lines), stop.clone());
    tokio::spawn(async move {
        sleep(stop_after).await;
        stop.cancel();
    });
    let report = timeout(Duration::from_hours(24), publisher.run()).await.expect("a run ends");
    (report, String::from_utf8(lines).unwrap())
}

async fn run(fake: &Fake, numbers: Range<u64>, pace: Pace) -> (Report, String) {
    run_until(Duration::MAX, fake, numbers, pace).await
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().fold(String::new(), |lines, n| lines + &format!("Message sent with id: {n}\n"))
}

fn numbers(call: &Call) -> Vec<u64> {
    call.sent.iter().map(|(number, _)| *number).collect()
}

fn every(seconds: u64) -> Pace {
    Pace::every(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn all_are_sent_in_full_batches_and_confirmed() {
    let fake = Fake::default();
    let (report, printed) = run(&fake, 1..26, Pace::MAX).await;
    assert_eq!(fake.calls().iter().map(|call| call.sent.len()).collect::<Vec<_>>(), [10, 10, 5]);
    assert_eq!((report.confirmed, report.exit_code(Some(25))), (25, 0));
    assert_eq!(printed.lines().count(), 25);
}

#[tokio::test(start_paused = true)]
async fn only_the_entry_that_failed_is_sent_again_under_the_same_id() {
    for reply in [Reply::Fails(false), Reply::Omits] {
        let fake = Fake::new(&[reply, Reply::Takes]);
        let (report, printed) = run(&fake, 1..4, Pace::MAX).await;
        let calls = fake.calls();
        assert_eq!(calls[1].sent, calls[0].sent[1..2], "{reply:?}");
        assert_eq!((printed, report.confirmed, report.open), (lines([1, 3, 2]), 3, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_at_a_time_sends_what_failed_before_anything_behind_it() {
    let fake = Fake::new(&[Reply::Fails(false), Reply::Faults(ErrorKind::Unavailable), Reply::Omits]);
    let fake = fake.taking(SECOND);
    let source = Source::new(1..26, Pace::MAX, Instant::now());
    let output = Output::plain(Vec::new());
    let publisher = Publisher::new(fake.clone(), source, output, CancellationToken::new());
    let report = publisher.one_call_at_a_time().run().await;
    let calls = fake.calls();
    let sent: Vec<_> = calls.iter().map(numbers).collect();
    let (first, second) = ((1..11).collect(), (11..21).collect());
    assert_eq!(sent, [first, vec![2], vec![2], second, (21..26).collect::<Vec<_>>()]);
    assert!(calls.windows(2).all(|pair| pair[1].at >= pair[0].at + SECOND), "none beside another");
    assert_eq!((report.confirmed, report.exit_code(Some(25))), (25, 0));
}

#[tokio::test(start_paused = true)]
async fn an_entry_refused_for_good_is_given_up_and_counted() {
    let fake = Fake::new(&[Reply::Fails(true)]);
    let (report, printed) = run(&fake, 1..4, Pace::MAX).await;
    assert_eq!((fake.calls().len(), printed), (1, lines([1, 3])));
    assert_eq!((report.confirmed, report.refused, report.open), (2, 1, 0));
    assert_eq!(report.exit_code(Some(3)), exit::FAILED);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_as_a_whole_is_repeated_under_the_same_ids() {
    let fake = Fake::new(&[Reply::Faults(ErrorKind::Unavailable); 20]);
    let (report, printed) = run(&fake, 1..4, Pace::MAX).await;
    let calls = fake.calls();
    assert!(calls.len() == 21 && calls.iter().all(|call| call.sent == calls[0].sent));
    assert_eq!((printed, report.exit_code(Some(3))), (lines(1..4), 0));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_on_the_way_are_waited_for() {
    let fake = Fake::new(&[Reply::Takes, Reply::Expires, Reply::Expires]);
    let (report, printed) = run(&fake, 1..16, Pace::MAX).await;
    assert_eq!((printed.lines().count(), report.exit_code(Some(15))), (15, 0));
}

#[tokio::test(start_paused = true)]
async fn waits_between_repeats_grow() {
    let fake = Fake::new(&[Reply::Faults(ErrorKind::Unavailable); 100]);
    let (report, _) = run(&fake, 1..2, Pace::MAX).await;
    assert!(report.elapsed > 200 * SECOND, "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn slow_answers_neither_hold_up_the_pace_nor_shift_it() {
    let fake = Fake::default().taking(Duration::from_millis(3_700));
    let (start, (report, _)) = (Instant::now(), run(&fake, 0..500, every(1)).await);
    for (number, call) in (0..).zip(fake.calls()) {
        assert_eq!((numbers(&call), call.at), (vec![number], start + Duration::from_secs(number)));
    }
    assert_eq!(report.confirmed, 500);
}

#[tokio::test(start_paused = true)]
async fn a_fast_pace_is_met_in_batches() {
    let fake = Fake::default().taking(Duration::from_millis(30));
    let (report, _) = run(&fake, 1..501, Pace::per_second(100.0).unwrap()).await;
    assert_eq!(fake.calls().len(), 51);
    assert_eq!(report.elapsed, 5 * SECOND + Duration::from_millis(30));
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_calls_are_open() {
    for (calls, seconds) in [(16, 1), (17, 2), (32, 2)] {
        let fake = Fake::default().taking(SECOND);
        let (report, _) = run(&fake, 0..calls * 10, Pace::MAX).await;
        assert_eq!((report.confirmed, report.elapsed.as_secs()), (calls * 10, seconds));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_the_next_message() {
    let (report, printed) = run_until(5 * SECOND, &Fake::default(), 1..9, every(3_600)).await;
    assert_eq!((report.elapsed, printed), (5 * SECOND, lines([1])));
    assert_eq!((report.exit_code(None), report.exit_code(Some(8))), (0, exit::FAILED));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_answers_are_awaited() {
    let fake = Fake::default().taking(4 * SECOND);
    let (report, printed) = run_until(SECOND / 2, &fake, 1..9, every(1)).await;
    assert_eq!((report.elapsed, printed), (4 * SECOND, lines([1])));
}

#[tokio::test(start_paused = true)]
async fn what_fails_after_a_stop_gets_one_last_try() {
    let away = [Reply::Faults(ErrorKind::Unavailable); 2];
    for (script, confirmed, unconfirmed) in [(&away[..1], 1, 0), (&away[..], 0, 1)] {
        let fake = Fake::new(script).taking(SECOND);
        let (report, _) = run_until(SECOND / 2, &fake, 1..2, Pace::MAX).await;
        assert_eq!((report.confirmed, report.unconfirmed), (confirmed, unconfirmed));
        assert_eq!((fake.calls().len(), report.elapsed), (2, 2 * SECOND));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_cuts_a_backoff_short() {
    let fake = Fake::new(&[Reply::Faults(ErrorKind::Unavailable); 5_000]);
    let (report, _) = run_until(1_000 * SECOND, &fake, 1..2, Pace::MAX).await;
    assert_eq!((report.unconfirmed, report.elapsed), (1, 1_000 * SECOND));
    assert!(fake.calls().len() < 1_000);
    assert_eq!(fake.calls().last().map(|call| call.at), Some(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn what_is_unanswered_when_the_grace_ends_is_reported_as_unknown() {
    let fake = Fake::new(&[Reply::Takes, Reply::Hangs]);
    let (report, printed) = run_until(SECOND / 2, &fake, 1..16, Pace::MAX).await;
    assert_eq!((printed, report.open, report.elapsed), (lines(1..11), 5, 10 * SECOND + SECOND / 2));
    assert_eq!(report.exit_code(None), exit::ABANDONED);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_ends_the_run_and_leaves_its_messages_open() {
    let (report, printed) = run(&Fake::new(&[Reply::Takes, Reply::Panics]), 1..16, every(1)).await;
    assert_eq!((printed, report.open, report.elapsed), (lines([1]), 1, SECOND));
    assert_eq!(report.exit_code(None), exit::ABANDONED);
}

#[tokio::test(start_paused = true)]
async fn a_missing_queue_ends_the_run_once_the_other_calls_are_answered() {
    let fake = Fake::new(&[Reply::Faults(ErrorKind::NoSuchQueue)]).taking(SECOND);
    let (report, printed) = run(&fake, 1..1_000_000, Pace::MAX).await;
    let answered = 10 * (fake.calls().len() as u64 - 1);
    assert!(report.elapsed <= 2 * SECOND && answered >= 150);
    assert_eq!((report.confirmed, report.unconfirmed, report.open), (answered, 10, 0));
    assert_eq!(printed.lines().count() as u64, answered);
    assert!(matches!(report.fatal, Some(Fatal::Queue(QueueError::NoSuchQueue(_)))));
    assert_eq!(report.exit_code(None), exit::FAILED);
}

#[tokio::test(start_paused = true)]
async fn a_closed_output_is_a_stop() {
    let stop = CancellationToken::new();
    let source = Source::new(1..100, every(1), Instant::now());
    let report = Publisher::new(Fake::default(), source, Output::plain(Closed), stop).run().await;
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
