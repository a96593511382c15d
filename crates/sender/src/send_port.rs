//! The queue, as the publisher sees it; the one file that knows AWS's types.

use std::future::Future;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{BatchResultErrorEntry, MessageAttributeValue, SendMessageBatchRequestEntry};
use otel::context;
use shared::error::{ServiceError, one_line};
use shared::message::{DEDUP_ID, checksum};
use shared::queue::{QueueRef, is_fifo};
use sqs::client::{Calls, Sqs};
use sqs::error::service_error;
use sqs::lookup::{QueueError, url_of};

use crate::batch::{Answer, Batch, Failure};
use crate::greeting::Greeting;

const CALLS: Calls = Calls { budget: "sender", attempts: 3, attempt_timeout: Duration::from_secs(5) };

/// Where batches go.
pub trait SendPort: Send + Sync + 'static {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// Sends a batch in one call.
    fn send(&self, batch: &Batch) -> impl Future<Output = Result<Answer, ServiceError>> + Send;
}

/// A queue of SQS.
#[derive(Debug)]
pub struct SqsSendPort {
    client: Client,
    queue_url: String,
    group: Option<String>,
}

impl SqsSendPort {
    /// Finds the queue. Messages go to this group of it.
    ///
    /// # Errors
    /// Returns an error if the queue is not there or may not be used, or SQS is away.
    pub async fn open(queue: &QueueRef, group: Option<String>, sqs: &Sqs) -> Result<Self, QueueError> {
        let client = sqs.client(&CALLS);
        let queue_url = url_of(queue, &client).await?;
        Ok(Self { client, queue_url, group })
    }
}

impl SendPort for SqsSendPort {
    fn name(&self) -> &str {
        &self.queue_url
    }

    async fn send(&self, batch: &Batch) -> Result<Answer, ServiceError> {
        let propagated = context::propagated();
        let (group, is_fifo) = (self.group.as_deref(), is_fifo(&self.queue_url));
        let entry = |entry_of| entry(entry_of, &propagated, group, is_fifo);
        let entries = batch.greetings().iter().enumerate().map(entry).collect();
        let call = self.client.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        let answer = call.send().await.map_err(|error| service_error("SendMessageBatch", &error))?;
        Ok(read(answer, batch))
    }
}

fn entry(
    (position, greeting): (usize, &Greeting),
    propagated: &[(&str, String)],
    group: Option<&str>,
    is_fifo: bool,
) -> SendMessageBatchRequestEntry {
    // Of what is sent again, as its answer was lost, a FIFO queue keeps one.
    let deduplication = is_fifo.then(|| greeting.id.to_string());
    let entry = SendMessageBatchRequestEntry::builder()
        .id(position.to_string())
        .message_body(greeting.body())
        .message_attributes(DEDUP_ID, text(greeting.id.to_string()));
    let entry = propagated
        .iter()
        .fold(entry, |entry, (name, value)| entry.message_attributes(*name, text(value.clone())));
    let entry = entry.set_message_group_id(group.map(str::to_owned));
    entry.set_message_deduplication_id(deduplication).build().expect("id and body are set")
}

fn text(value: String) -> MessageAttributeValue {
    let text = MessageAttributeValue::builder().data_type("String").string_value(value);
    text.build().expect("the type is set")
}

/// An entry counts as taken only if SQS has the body that was sent.
fn read(answer: SendMessageBatchOutput, batch: &Batch) -> Answer {
    let mut read = Answer::default();
    for entry in answer.successful {
        let position = entry.id.parse().unwrap_or(usize::MAX);
        let Some(greeting) = batch.greetings().get(position) else { continue };
        if entry.md5_of_message_body == checksum(greeting.body()) {
            read.taken.push(position);
        } else {
            let reason = "SQS answered with the checksum of another body".to_owned();
            read.failed.push(Failure { position, reason, sender_fault: false });
        }
    }
    read.failed.extend(answer.failed.into_iter().filter_map(failure));
    read
}

fn failure(entry: BatchResultErrorEntry) -> Option<Failure> {
    let (position, code, sender_fault) = (entry.id.parse().ok()?, entry.code, entry.sender_fault);
    let reason = entry.message.map_or(code.clone(), |message| format!("{message} ({code})"));
    Some(Failure { position, reason: one_line(&reason), sender_fault })
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::SendMessageBatchResultEntry;

    use shared::message::TRACEPARENT;

    use super::*;

    #[test]
    fn an_entry_carries_position_body_and_dedup_id() {
        let greeting = Greeting::new(12);
        let entry = entry((3, &greeting), &[(TRACEPARENT, "00-1-2-01".to_owned())], Some("g"), true);
        assert_eq!(
            (entry.message_group_id(), entry.message_deduplication_id()),
            (Some("g"), Some(&*greeting.id.to_string()))
        );
        let traceparent = &entry.message_attributes().unwrap()[TRACEPARENT];
        assert_eq!(traceparent.string_value(), Some("00-1-2-01"));
        let dedup_id = &entry.message_attributes().unwrap()[DEDUP_ID];
        assert_eq!((entry.id(), entry.message_body()), ("3", "hello world 12"));
        assert_eq!(dedup_id.data_type(), "String");
        assert_eq!(dedup_id.string_value(), Some(&*greeting.id.to_string()));
    }

    #[test]
    fn an_answer_is_read_entry_by_entry() {
        let batch: Batch = (0..4).map(Greeting::new).collect();
        let taken = |id: &str, body: &str| {
            let entry = SendMessageBatchResultEntry::builder().id(id).message_id("m");
            entry.md5_of_message_body(checksum(body)).build().unwrap()
        };
        let failed = BatchResultErrorEntry::builder().id("1").code("Bad").sender_fault(true);
        let answer = SendMessageBatchOutput::builder()
            .successful(taken("0", "hello world 0"))
            .successful(taken("what?", "hello world 0"))
            .successful(taken("2", "hello w0rld 2"))
            .successful(taken("17", "hello world 17"))
            .failed(failed.message("must be shorter\nthan 1024 bytes").build().unwrap());
        let answer = read(answer.build().unwrap(), &batch);
        assert_eq!(answer.taken, [0], "2 came with another body's checksum");
        let failed: Vec<_> =
            answer.failed.iter().map(|failure| (failure.position, failure.sender_fault)).collect();
        assert_eq!(failed, [(2, false), (1, true)]);
        assert_eq!(answer.failed[1].reason, "must be shorter than 1024 bytes (Bad)");
    }
}
