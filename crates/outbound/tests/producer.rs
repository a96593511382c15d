//! The producer against a queue in memory, on a clock that only tests can move.

use std::time::Duration;

use acquit_outbound::producer::{Confirmation, Notice, Producer, SendError, Settings};
use acquit_outbound::testing::{Reply, TestPort};
use acquit_outbound::{Flaw, Outgoing};
use shared::error::ErrorKind;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);
const AWAY: Reply = Reply::Faults(ErrorKind::Unavailable);

fn message(number: usize) -> Outgoing {
    Outgoing::new(format!("m-{number}"), format!("hello {number}"))
}

fn of_group(group: &str, number: usize) -> Outgoing {
    Outgoing { group: Some(group.to_owned()), ..message(number) }
}

fn port() -> TestPort {
    TestPort::new("q")
}

fn start(port: &TestPort) -> Producer {
    Producer::start(port.clone(), Settings::default())
}

fn patient() -> Settings {
    Settings { patience: None, ..Settings::default() }
}

/// Sends all at once, and returns what became of each, in their order.
async fn all(
    producer: &Producer,
    messages: impl IntoIterator<Item = Outgoing>,
) -> Vec<Result<(), SendError>> {
    let mut confirmations = Vec::new();
    for message in messages {
        confirmations.push(producer.submit(message).await);
    }
    let mut results = Vec::new();
    for confirmation in confirmations {
        results.push(ended(confirmation).await);
    }
    results
}

async fn ended(confirmation: Result<Confirmation, SendError>) -> Result<(), SendError> {
    timeout(Duration::from_hours(24), confirmation?).await.expect("every message is answered for")
}

fn names(sent: &[Outgoing]) -> Vec<&str> {
    sent.iter().map(|message| message.dedup_id.as_str()).collect()
}

fn sizes(port: &TestPort) -> Vec<usize> {
    port.calls().iter().map(|call| call.sent.len()).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_alone_waits_for_nobody() {
    let (port, began) = (port().taking(5 * MS), Instant::now());
    let producer = start(&port);
    for number in 0..100 {
        producer.send(message(number)).await.unwrap();
    }
    assert_eq!((began.elapsed(), port.calls().len()), (500 * MS, 100));
}

#[tokio::test(start_paused = true)]
async fn two_hundred_at_once_fill_their_calls() {
    let port = port().taking(5 * MS);
    let producer = start(&port);
    let mut callers = JoinSet::new();
    for caller in 0..200 {
        let producer = producer.clone();
        callers.spawn(async move {
            for number in 0..50 {
                producer.send(message(caller * 50 + number)).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    let calls = port.calls().len();
    assert_eq!(port.taken().len(), 10_000);
    assert!(calls <= 10_000 / 9, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn under_load_a_message_waits_for_company_and_not_for_long() {
    let port = port().taking(SECOND);
    let producer = start(&port);
    let began = Instant::now();
    let confirmations: Vec<_> = {
        let mut open = Vec::new();
        for number in 0..3 {
            open.push(producer.submit(message(number)).await.unwrap());
            sleep(MS / 2).await;
        }
        open
    };
    sleep(10 * MS).await;
    let waited: Vec<_> = port.calls().iter().map(|call| call.at - began).collect();
    assert_eq!(waited.len(), 3);
    assert!(waited[1] <= MS && waited[2] >= 3 * MS && waited[2] <= 5 * MS, "{waited:?}");
    drop(confirmations);
}

#[tokio::test(start_paused = true)]
async fn a_call_holds_a_mebibyte_at_most() {
    let (port, large) = (port().taking(SECOND), "x".repeat(400 << 10));
    let producer = start(&port);
    let messages = (0..9).map(|number| Outgoing::new(format!("m-{number}"), large.clone()));
    assert!(all(&producer, messages).await.iter().all(Result::is_ok));
    assert!(port.calls().iter().all(|call| call.sent.len() <= 2), "{:?}", sizes(&port));
}

#[tokio::test(start_paused = true)]
async fn only_what_failed_is_sent_again_under_the_same_name() {
    for reply in [Reply::Fails(1), Reply::Omits(1)] {
        let port = port().taking(MS).replying([reply]);
        assert!(all(&start(&port), (0..5).map(message)).await.iter().all(Result::is_ok));
        let calls = port.calls();
        assert_eq!(names(&calls[0].sent), ["m-0", "m-1", "m-2", "m-3", "m-4"]);
        assert_eq!(calls[1].sent, calls[0].sent[1..2], "{reply:?}");
        assert_eq!(calls.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_an_error_of_its_own_and_not_sent_again() {
    let port = port().replying([Reply::Refuses(0)]);
    let error = start(&port).send(message(1)).await.unwrap_err();
    assert!(matches!(error, SendError::Refused(_)) && !error.is_passing(), "{error}");
    assert_eq!(port.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_for_which_sqs_refuses_a_whole_call_costs_itself_alone() {
    let refused = Reply::Faults(ErrorKind::Refused);
    let port = port().replying([refused, Reply::Takes, Reply::Takes, refused]);
    let results = all(&start(&port), (0..6).map(message)).await;
    assert!(matches!(results[2], Err(SendError::Refused(_))), "{results:?}");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
    assert_eq!((sizes(&port), port.taken().len()), (vec![6, 1, 1, 1, 1, 1, 1], 5));
}

#[tokio::test(start_paused = true)]
async fn sqs_that_comes_back_in_time_is_waited_for() {
    let port = port().replying([AWAY; 5]);
    start(&port).send(message(1)).await.unwrap();
    assert_eq!((port.calls().len(), port.taken().len()), (6, 1));
}

#[tokio::test(start_paused = true)]
async fn when_patience_ends_it_is_said_whether_the_message_may_be_there() {
    for (reply, may_be_there) in [(Reply::Fails(0), false), (AWAY, true), (Reply::LosesAnswer, true)] {
        let (port, began) = (port().replying([reply; 1_000]), Instant::now());
        let error = start(&port).send(message(1)).await.unwrap_err();
        let waited = began.elapsed();
        assert!(waited >= 10 * SECOND && waited <= 30 * SECOND, "{waited:?}");
        match error {
            SendError::Unknown(_) => assert!(may_be_there, "{reply:?}"),
            SendError::Unconfirmed(_) => assert!(!may_be_there, "{reply:?}"),
            error => panic!("{reply:?}: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_to_patience_it_is_tried_for_ever() {
    let port = port().replying([AWAY; 200]);
    let producer = Producer::start(port.clone(), patient());
    assert!(ended(producer.submit(message(1)).await).await.is_ok());
    assert_eq!(port.calls().len(), 201);
}

#[tokio::test(start_paused = true)]
async fn waits_between_tries_grow() {
    let (port, began) = (port().replying([AWAY; 100]), Instant::now());
    let producer = Producer::start(port, patient());
    assert!(ended(producer.submit(message(1)).await).await.is_ok());
    assert!(began.elapsed() > 200 * SECOND, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_on_the_way_are_waited_for() {
    let port = port().replying([Reply::Expires, Reply::Expires]);
    start(&port).send(message(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_is_told_at_once_and_the_next_message_is_tried() {
    for kind in [ErrorKind::NoSuchQueue, ErrorKind::Denied] {
        let port = port().replying([Reply::Faults(kind)]);
        let producer = start(&port);
        let error = producer.send(message(1)).await.unwrap_err();
        assert!(matches!(error, SendError::Queue(_)) && !error.is_passing(), "{error}");
        producer.send(message(2)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_sqs_would_not_take_is_not_sent() {
    let port = TestPort::new("q.fifo");
    let error = start(&port).send(message(1)).await.unwrap_err();
    assert!(matches!(error, SendError::Flaw(Flaw::NoGroup)), "{error}");
    assert!(port.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn there_is_room_for_so_many_and_the_others_wait_no_longer_than_patience() {
    let port = port().replying([Reply::Hangs; 1_000]);
    let producer = start(&port);
    let submit = async {
        for number in 0.. {
            if let Err(error) = producer.submit(message(number)).await.map(drop) {
                return (number, error);
            }
        }
        unreachable!("there is no end of room")
    };
    let (taken, error) = timeout(Duration::from_mins(5), submit).await.expect("it ends");
    assert!((320..1_000).contains(&taken), "{taken}");
    assert!(matches!(error, SendError::Unconfirmed(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn bytes_have_a_limit_as_well() {
    let port = port().replying([Reply::Hangs; 1_000]);
    let producer = Producer::start(port, Settings { max_bytes: 4 << 20, ..Settings::default() });
    let large = "x".repeat(1_000_000);
    for number in 0..4 {
        drop(producer.submit(Outgoing::new(format!("m-{number}"), large.clone())).await.unwrap());
    }
    let fifth = timeout(SECOND, producer.submit(Outgoing::new("m-5", large))).await;
    assert!(fifth.is_err(), "there was room for a fifth");
}

#[tokio::test(start_paused = true)]
async fn a_closed_producer_takes_nothing_and_has_sent_what_it_took() {
    let port = port().taking(SECOND);
    let producer = start(&port);
    let open = producer.submit(message(1)).await.unwrap();
    producer.close(10 * SECOND).await;
    assert!(open.await.is_ok());
    assert!(matches!(producer.send(message(2)).await, Err(SendError::Closed)));
    assert_eq!(names(&port.taken()), ["m-1"]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_while_it_closes_gets_one_last_try() {
    for (failures, is_confirmed) in [(1, true), (2, false)] {
        let port = port().taking(SECOND).replying(vec![AWAY; failures]);
        let producer = Producer::start(port.clone(), patient());
        let open = producer.submit(message(1)).await.unwrap();
        sleep(SECOND / 2).await;
        producer.close(10 * SECOND).await;
        assert_eq!((open.await.is_ok(), port.calls().len()), (is_confirmed, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn closing_cuts_a_backoff_short() {
    let (port, began) = (port().replying(vec![AWAY; 5_000]), Instant::now());
    let producer = Producer::start(port.clone(), patient());
    let open = producer.submit(message(1)).await.unwrap();
    sleep(1_000 * SECOND).await;
    producer.close(10 * SECOND).await;
    assert!(matches!(open.await, Err(SendError::Unknown(_))));
    assert_eq!(began.elapsed(), 1_000 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_is_unanswered_when_the_grace_ends_is_unknown() {
    let (port, began) = (port().replying([Reply::Hangs]), Instant::now());
    let producer = start(&port);
    let open = producer.submit(message(1)).await.unwrap();
    producer.close(10 * SECOND).await;
    assert_eq!(began.elapsed(), 10 * SECOND);
    assert!(matches!(open.await, Err(SendError::Unknown(_))));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_leaves_its_own_messages_unknown_and_no_others() {
    let port = port().replying([Reply::Panics]);
    let producer = start(&port);
    assert!(matches!(producer.send(message(1)).await, Err(SendError::Unknown(_))));
    producer.send(message(2)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn when_all_who_hold_it_have_left_what_was_taken_is_still_sent() {
    let port = port().taking(SECOND).replying([AWAY]);
    let producer = start(&port);
    drop(producer.submit(message(1)).await.unwrap());
    drop(producer);
    sleep(Duration::from_mins(1)).await;
    assert_eq!(names(&port.taken()), ["m-1"]);
}

#[tokio::test(start_paused = true)]
async fn on_a_fifo_queue_none_overtakes_another_of_its_group() {
    let script = [Reply::Takes, AWAY, Reply::Fails(0), Reply::Fails(0), AWAY, Reply::Fails(0)];
    let port = TestPort::new("q.fifo").taking(10 * MS).replying(script);
    let producer = Producer::start(port.clone(), patient());
    let messages = (0..300).map(|number| of_group(["a", "b", "c"][number % 3], number));
    assert!(all(&producer, messages).await.iter().all(Result::is_ok));
    let firsts = firsts(&port);
    for group in ["a", "b", "c"] {
        let calls: Vec<_> = firsts.iter().filter(|(of, _)| of == group).map(|(_, number)| *number).collect();
        assert!(calls.is_sorted(), "{group}: {calls:?}");
    }
    assert!(sizes(&port).len() < 150, "groups share calls: {:?}", sizes(&port));
}

/// Group and number of the first message of each group in each call: a later call never begins with an
/// earlier message than one that was confirmed.
fn firsts(port: &TestPort) -> Vec<(String, usize)> {
    let mut firsts = Vec::new();
    for call in port.calls() {
        let mut seen = Vec::new();
        for message in call.sent {
            let group = message.group.unwrap_or_default();
            if !seen.contains(&group) {
                seen.push(group.clone());
                let number = message.dedup_id.trim_start_matches("m-").parse().expect("a number");
                firsts.push((group, number));
            }
        }
    }
    firsts
}

#[tokio::test(start_paused = true)]
async fn a_busy_group_does_not_hold_up_another_one() {
    let port = TestPort::new("q.fifo").replying([Reply::Hangs]);
    let producer = Producer::start(port.clone(), patient());
    for number in 0..50 {
        drop(producer.submit(of_group("slow", number)).await.unwrap());
    }
    producer.send(of_group("quick", 99)).await.unwrap();
    assert_eq!(names(&port.taken()), ["m-99"]);
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_once_a_second_and_its_end_once() {
    let (port, notices) = (port().replying([AWAY; 30]), Arc::new(Mutex::new(Vec::new())));
    let told = notices.clone();
    let notice = Arc::new(move |notice: &Notice| told.lock().unwrap().push(notice.clone()));
    let producer = Producer::start(port, Settings { notice, ..patient() });
    assert!(ended(producer.submit(message(1)).await).await.is_ok());
    let notices = notices.lock().unwrap();
    assert!(matches!(notices.last(), Some(Notice::Back(_))));
    let failing = notices.iter().filter(|notice| matches!(notice, Notice::Failing(_))).count();
    assert!((2..=30).contains(&failing) && failing == notices.len() - 1, "{notices:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_is_counted() {
    let port = port().replying([Reply::Takes, Reply::Refuses(0)]);
    let producer = start(&port);
    producer.send(message(1)).await.unwrap();
    producer.send(message(2)).await.unwrap_err();
    let families = producer.families();
    let text = format!("{families:?}");
    for name in ["messaging_client_sent_messages_total", "producer_failed_total", "producer_batch_messages"] {
        assert!(text.contains(name), "{name}");
    }
    let failed = families.iter().find(|family| family.name.name == "producer_failed_total").unwrap();
    let refused = failed.points.iter().find(|point| point.labels[1] == "refused").unwrap();
    assert!(format!("{:?}", refused.value).contains("1.0"));
}
