//! The SQS relay: entries of batches.

use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule, Which};
use serde_json::{Value, json};

use crate::sqs_calls::start;
use crate::support::queue::{QUEUE, ask};
use crate::support::within;

async fn settle(proxy: &SqsProxy, operation: &str, receipts: &[&str]) -> Value {
    let entries: Vec<_> = receipts
        .iter()
        .enumerate()
        .map(|(id, receipt)| json!({ "Id": id.to_string(), "ReceiptHandle": receipt }))
        .collect();
    let body = json!({ "QueueUrl": QUEUE, "Entries": entries });
    within(ask(proxy.address(), operation, &body)).await.expect("an answer").body
}

fn ids(answer: &Value, list: &str) -> Vec<String> {
    let entries = answer[list].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["Id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn chosen_entries_fail_and_the_others_are_relayed() {
    let (queue, proxy, handle) = start(9).await;
    let fault = Fault::FailEntries { which: Which::First(2), code: "Why".into(), sender_fault: true };
    handle.add(Rule::on(Operation::DeleteMessageBatch, fault.clone()).times(1));
    let answer = settle(&proxy, "DeleteMessageBatch", &["a", "b", "c"]).await;
    assert_eq!(
        (ids(&answer, "Failed"), ids(&answer, "Successful")),
        (vec!["0".into(), "1".into()], vec!["2".into()])
    );
    assert_eq!(
        (&answer["Failed"][0]["Code"], &answer["Failed"][0]["SenderFault"]),
        (&json!("Why"), &json!(true))
    );
    assert_eq!(queue.calls("DeleteMessageBatch")[0]["Entries"].as_array().map(Vec::len), Some(1));
    let counts = handle.counts();
    assert_eq!((counts.entries_of(Operation::DeleteMessageBatch), counts.faults_of(&fault)), (3, 1));
}

#[tokio::test]
async fn a_batch_that_fails_in_all_entries_is_not_relayed() {
    let (queue, proxy, handle) = start(9).await;
    for operation in [Operation::SendMessageBatch, Operation::ChangeMessageVisibilityBatch] {
        handle.add(Rule::on(operation, Fault::fail_entries(Which::Each(1.0))));
        let answer = settle(&proxy, &operation.to_string(), &["a", "b"]).await;
        assert_eq!((ids(&answer, "Failed").len(), &answer["Successful"]), (2, &json!([])));
        assert!(queue.calls(&operation.to_string()).is_empty());
    }
}

#[tokio::test]
async fn stale_receipts_fail_as_entries_of_their_own() {
    let (queue, proxy, handle) = start(2).await;
    handle.refuse_stale_receipts(true);
    let body = json!({ "QueueUrl": QUEUE, "MaxNumberOfMessages": 3 });
    // m1 as r1, m2 as r2, and m1 again as r3.
    within(ask(proxy.address(), "ReceiveMessage", &body)).await.unwrap();
    let answer = settle(&proxy, "ChangeMessageVisibilityBatch", &["r1", "r2"]).await;
    assert_eq!((ids(&answer, "Failed"), ids(&answer, "Successful")), (vec!["0".into()], vec!["1".into()]));
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameterValue");
    let answer = settle(&proxy, "DeleteMessageBatch", &["r1", "r2", "r3", "unknown"]).await;
    assert_eq!(answer["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    assert_eq!(ids(&answer, "Successful"), ["1", "2", "3"]);
    assert_eq!((queue.calls("DeleteMessageBatch").len(), handle.counts().stale_receipts()), (1, 2));
}
