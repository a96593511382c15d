//! The SQS relay: the messages of `ReceiveMessage` answers, and their receipt handles.

use std::collections::BTreeSet;

use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Field, Operation, Rule};
use serde_json::{Value, json};

use crate::sqs_calls::start;
use crate::support::queue::{Answer, QUEUE, ask};
use crate::support::within;

async fn receive(proxy: &SqsProxy, most: u64) -> Vec<Value> {
    let body = json!({
        "QueueUrl": QUEUE, "MaxNumberOfMessages": most, "WaitTimeSeconds": 20, "VisibilityTimeout": 30,
    });
    let answer = within(ask(proxy.address(), "ReceiveMessage", &body)).await.expect("an answer");
    answer.body["Messages"].as_array().cloned().unwrap_or_default()
}

async fn settle(proxy: &SqsProxy, operation: &str, receipt: &Value) -> Answer {
    let body = json!({ "QueueUrl": QUEUE, "ReceiptHandle": receipt, "VisibilityTimeout": 0 });
    within(ask(proxy.address(), operation, &body)).await.expect("an answer")
}

fn distinct(messages: &[Value], field: &str) -> usize {
    messages.iter().map(|message| message[field].to_string()).collect::<BTreeSet<_>>().len()
}

fn on_receive(fault: Fault) -> Rule {
    Rule::on(Operation::ReceiveMessage, fault).times(1)
}

#[tokio::test]
async fn an_empty_answer_uses_no_rule_up() {
    let (_queue, proxy, handle) = start(9).await;
    handle.add(on_receive(Fault::DuplicateMessages));
    assert!(receive(&proxy, 0).await.is_empty());
    assert_eq!(handle.counts().faults_of(&Fault::DuplicateMessages), 0);
    let messages = receive(&proxy, 3).await;
    assert_eq!((messages.len(), distinct(&messages, "MessageId")), (3, 2));
    assert_eq!(handle.counts().entries_of(Operation::ReceiveMessage), 3);
}

#[tokio::test]
async fn a_message_comes_again_under_the_same_receipt_or_another() {
    let (queue, proxy, handle) = start(1_000).await;
    let first = receive(&proxy, 1).await;
    handle.add(on_receive(Fault::Redeliver { new_receipt: false }));
    assert_eq!(receive(&proxy, 1).await, first);
    handle.add(on_receive(Fault::Redeliver { new_receipt: true }));
    let again = receive(&proxy, 2).await;
    assert_eq!((again.len(), &again[1]["MessageId"]), (2, &first[0]["MessageId"]));
    assert_ne!(again[1]["ReceiptHandle"], first[0]["ReceiptHandle"]);
    assert_eq!(again[1]["Attributes"]["ApproximateReceiveCount"], "2");
    let asked = queue.calls("ReceiveMessage");
    assert_eq!((asked.len(), &asked[1]["WaitTimeSeconds"]), (2, &json!(0)), "no wait: there is a message");
    settle(&proxy, "DeleteMessage", &again[1]["ReceiptHandle"]).await;
    assert_eq!(queue.calls("DeleteMessage")[0]["ReceiptHandle"], first[0]["ReceiptHandle"]);
}

#[tokio::test]
async fn answers_are_reordered_or_cut_short() {
    let (_queue, proxy, handle) = start(1_000).await;
    handle.add(on_receive(Fault::Reorder));
    let messages = receive(&proxy, 10).await;
    let ids: Vec<_> = (1..=10).map(|n| json!(format!("m{n}"))).collect();
    let got: Vec<_> = messages.iter().map(|message| message["MessageId"].clone()).collect();
    assert!(got != ids && distinct(&messages, "MessageId") == 10);
    handle.add(on_receive(Fault::ShortBatch(3)));
    assert_eq!(receive(&proxy, 10).await.len(), 3);
    assert_eq!(receive(&proxy, 10).await.len(), 10);
}

#[tokio::test]
async fn one_message_of_an_answer_is_damaged() {
    let (_queue, proxy, handle) = start(1_000).await;
    for field in [Field::MessageId, Field::ReceiptHandle, Field::Body] {
        handle.add(on_receive(Fault::DropField(field)));
        let messages = receive(&proxy, 5).await;
        let name = format!("{field:?}");
        assert_eq!(messages.iter().filter(|message| message.get(&name).is_none()).count(), 1);
    }
    handle.add(on_receive(Fault::FlipBodyByte));
    handle.add(on_receive(Fault::GarbageSentTimestamp));
    let messages = receive(&proxy, 5).await;
    let whole = |message: &&Value| message["Body"].as_str().unwrap().starts_with("body ");
    let timed = |message: &&Value| message["Attributes"]["SentTimestamp"] == "1700000000000";
    assert!(messages.iter().filter(whole).count() >= 4);
    assert_eq!(messages.iter().filter(timed).count(), 4);
}

#[tokio::test]
async fn a_receipt_that_is_not_the_newest_is_refused_where_asked_for() {
    let (queue, proxy, handle) = start(1).await;
    handle.refuse_stale_receipts(true);
    let (old, new) = (receive(&proxy, 1).await, receive(&proxy, 1).await);
    let (old, new) = (&old[0]["ReceiptHandle"], &new[0]["ReceiptHandle"]);
    let deleted = settle(&proxy, "DeleteMessage", old).await;
    assert_eq!(deleted.headers["x-amzn-query-error"], "ReceiptHandleIsInvalid;Sender");
    let changed = settle(&proxy, "ChangeMessageVisibility", old).await;
    assert_eq!(changed.headers["x-amzn-query-error"], "InvalidParameterValue;Sender");
    assert_eq!(settle(&proxy, "ChangeMessageVisibility", new).await.status, 200);
    let changed = settle(&proxy, "ChangeMessageVisibility", new).await;
    assert_eq!(changed.status, 400, "it is visible again");
    assert_eq!(settle(&proxy, "DeleteMessage", new).await.status, 200);
    assert_eq!((queue.calls("DeleteMessage").len(), handle.counts().stale_receipts()), (1, 3));
    handle.refuse_stale_receipts(false);
    assert_eq!(settle(&proxy, "DeleteMessage", old).await.status, 200);
}
