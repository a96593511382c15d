//! The SQS relay: calls as a whole.

use std::time::Duration;

use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule, SqsHandle};
use serde_json::json;

use crate::support::queue::{Answer, QUEUE, Queue, ask};
use crate::support::{eventually, is_silent, within};

pub(crate) async fn start(messages: usize) -> (Queue, SqsProxy, SqsHandle) {
    let queue = Queue::start(messages).await;
    let proxy = SqsProxy::start(&queue.endpoint(), 1).expect("a free port");
    let handle = proxy.handle();
    (queue, proxy, handle)
}

async fn send(proxy: &SqsProxy) -> Option<Answer> {
    within(ask(proxy.address(), "SendMessage", &json!({ "MessageBody": "ü" }))).await.ok()
}

#[tokio::test]
async fn without_rules_it_is_a_mere_relay() {
    let (queue, proxy, handle) = start(9).await;
    assert_eq!(send(&proxy).await.unwrap().status, 200);
    assert_eq!(queue.calls("SendMessage"), [json!({ "MessageBody": "ü" })]);
    let counts = handle.counts();
    assert_eq!(counts.requests_of(Operation::SendMessage), 1);
    assert_eq!(counts.entries_of(Operation::SendMessage), 1);
    assert!(counts.faults.is_empty() && counts.to_string().contains("requests SendMessage "));
}

#[tokio::test]
async fn refusals_are_worded_as_aws_does_and_not_relayed() {
    let (queue, proxy, handle) = start(9).await;
    let missing = "AWS.SimpleQueueService.NonExistentQueue;Sender";
    let cases = [
        (Fault::Status(500), 500, "com.amazonaws.sqs#InternalFailure", Some("InternalFailure;Receiver")),
        (
            Fault::Status(503),
            503,
            "com.amazonaws.sqs#ServiceUnavailable",
            Some("ServiceUnavailable;Receiver"),
        ),
        (Fault::Throttle, 400, "com.amazonaws.sqs#RequestThrottled", Some("RequestThrottled;Sender")),
        (Fault::Denied, 403, "com.amazon.coral.service#AccessDeniedException", None),
        (Fault::NoSuchQueue, 400, "com.amazonaws.sqs#QueueDoesNotExist", Some(missing)),
    ];
    for (fault, status, kind, code) in cases {
        handle.add(Rule::on(Operation::SendMessage, fault.clone()).times(1));
        let answer = send(&proxy).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body["__type"].as_str()), (status, Some(kind)));
        assert_eq!(answer.headers.get("x-amzn-query-error").map(|value| value.to_str().unwrap()), code);
        assert_eq!(handle.counts().faults_of(&fault), if status == 503 { 2 } else { 1 });
    }
    assert!(queue.calls("SendMessage").is_empty());
    assert_eq!(send(&proxy).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_call_of_another_operation_is_spared() {
    let (_queue, proxy, handle) = start(9).await;
    let rule = handle.add(Rule::on(Operation::DeleteMessage, Fault::Throttle));
    assert_eq!(send(&proxy).await.unwrap().status, 200);
    handle.add(Rule::on_all(Fault::Denied));
    assert_eq!(send(&proxy).await.unwrap().status, 403);
    handle.remove(rule);
    handle.clear();
    assert_eq!(send(&proxy).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_was_done() {
    let (queue, proxy, handle) = start(9).await;
    handle.add(Rule::on_all(Fault::LoseAnswer).times(1));
    assert!(send(&proxy).await.is_none());
    assert_eq!(queue.calls("SendMessage").len(), 1);
    assert!(send(&proxy).await.is_some());
    assert_eq!(handle.counts().faults_of(&Fault::LoseAnswer), 1);
}

#[tokio::test]
async fn a_held_call_is_relayed_when_released() {
    let (queue, proxy, handle) = start(9).await;
    handle.add(Rule::on_all(Fault::Delay(Duration::from_millis(1))).times(1));
    handle.add(Rule::on_all(Fault::BlackHole));
    let mut held = Box::pin(send(&proxy));
    assert!(is_silent(&mut held).await);
    assert!(queue.calls("SendMessage").is_empty());
    handle.clear();
    assert_eq!(within(held).await.unwrap().status, 200);
    assert_eq!(handle.counts().faults_of(&Fault::Delay(Duration::ZERO)), 1);
}

#[tokio::test]
async fn polls_under_way_are_counted_until_their_client_goes() {
    let (_queue, proxy, handle) = start(9).await;
    handle.add(Rule::on(Operation::ReceiveMessage, Fault::BlackHole));
    let body = json!({ "QueueUrl": QUEUE });
    let poll = || {
        tokio::spawn({
            let (address, body) = (proxy.address(), body.clone());
            async move { ask(address, "ReceiveMessage", &body).await.is_ok() }
        })
    };
    let polls = [poll(), poll()];
    eventually(|| handle.counts().open_polls == 2).await;
    polls.iter().for_each(tokio::task::JoinHandle::abort);
    eventually(|| handle.counts().open_polls == 0).await;
    assert_eq!(handle.counts().most_open_polls, 2);
}

#[tokio::test]
async fn an_upstream_may_go_and_come_back_elsewhere() {
    let (queue, proxy, handle) = start(9).await;
    drop(queue);
    assert!(send(&proxy).await.is_none());
    let queue = Queue::start(9).await;
    assert!(handle.set_upstream("https://elsewhere").is_err());
    handle.set_upstream(&queue.endpoint()).unwrap();
    assert_eq!(send(&proxy).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_dropped_proxy_leaves_nothing_behind() {
    let queue = Queue::start(9).await;
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let proxy = SqsProxy::start(&queue.endpoint(), 1).unwrap();
    let handle = proxy.handle();
    assert!(send(&proxy).await.is_some());
    handle.add(Rule::on_all(Fault::BlackHole));
    let address = proxy.address();
    let held = tokio::spawn(async move { ask(address, "SendMessage", &json!({})).await.is_ok() });
    eventually(|| handle.counts().faults_of(&Fault::BlackHole) == 1).await;
    drop(proxy);
    assert!(!within(held).await.unwrap());
    eventually(|| alive() == before).await;
    assert!(ask(address, "SendMessage", &json!({})).await.is_err());
}
