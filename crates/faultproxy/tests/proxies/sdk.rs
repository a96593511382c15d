//! The SQS relay as AWS's own client sees it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry as Entry;
use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule, Which};
use shared::error::ErrorKind;

use crate::sqs_calls::start;
use crate::support::queue::QUEUE;
use crate::support::within;

fn client(proxy: &SqsProxy, attempts: u32) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(proxy.endpoint())
        .retry_config(RetryConfig::standard().with_max_attempts(attempts));
    Client::from_conf(config.build())
}

async fn sent(client: &Client) -> Result<(), shared::error::ServiceError> {
    let send = client.send_message().queue_url(QUEUE).message_body("b").send();
    within(send).await.map(|_| ()).map_err(|error| sqs::error::service_error("SendMessage", &error))
}

#[tokio::test]
async fn errors_are_understood_for_what_they_are() {
    let (_queue, proxy, handle) = start(9).await;
    let client = client(&proxy, 1);
    let cases = [
        (Fault::Throttle, ErrorKind::Unavailable, "RequestThrottled"),
        (Fault::Status(500), ErrorKind::Unavailable, "InternalFailure"),
        (Fault::Status(503), ErrorKind::Unavailable, "ServiceUnavailable"),
        (Fault::Denied, ErrorKind::Denied, "AccessDeniedException"),
        (Fault::NoSuchQueue, ErrorKind::NoSuchQueue, "AWS.SimpleQueueService.NonExistentQueue"),
        (Fault::LoseAnswer, ErrorKind::Unavailable, ""),
    ];
    for (fault, kind, code) in cases {
        handle.add(Rule::on(Operation::SendMessage, fault).times(1));
        let error = sent(&client).await.unwrap_err();
        assert!(error.kind == kind && error.text.contains(code), "{error:?}");
    }
    assert_eq!(sent(&client).await.map_err(|error| error.text), Ok(()));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_and_so_sent_twice() {
    let (queue, proxy, handle) = start(9).await;
    handle.add(Rule::on(Operation::SendMessage, Fault::LoseAnswer).times(1));
    assert!(sent(&client(&proxy, 3)).await.is_ok());
    assert_eq!(queue.calls("SendMessage").len(), 2);
}

#[tokio::test]
async fn failed_entries_come_with_a_successful_answer() {
    let (_queue, proxy, handle) = start(9).await;
    handle.add(Rule::on(Operation::DeleteMessageBatch, Fault::fail_entries(Which::First(1))));
    let entries = ["0", "1"].map(|id| Entry::builder().id(id).receipt_handle(id).build().unwrap());
    let delete = client(&proxy, 1).delete_message_batch().queue_url(QUEUE).set_entries(Some(entries.into()));
    let answer = within(delete.send()).await.unwrap();
    assert_eq!((answer.failed.len(), answer.successful.len()), (1, 1));
    assert_eq!((answer.failed[0].id.as_str(), answer.failed[0].code.as_str()), ("0", "InternalError"));
}

#[tokio::test]
async fn a_duplicate_is_a_message_like_any_other() {
    let (_queue, proxy, handle) = start(9).await;
    handle.add(Rule::on(Operation::ReceiveMessage, Fault::DuplicateMessages));
    let receive = client(&proxy, 1).receive_message().queue_url(QUEUE).max_number_of_messages(2);
    let messages = within(receive.send()).await.unwrap().messages.unwrap_or_default();
    assert!(messages.len() == 2 && messages[0] == messages[1]);
}
