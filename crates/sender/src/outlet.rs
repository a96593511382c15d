//! The queue, as the publisher sees it; the one file that knows AWS's types.

use std::future::Future;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use shared::fault::Fault;
use shared::message::{DEDUP_ID, Greeting};
use shared::queue::{QueueError, QueueRef};
use shared::spans;
use shared::sqs::{Calls, Sqs};
use tokio::time::{Instant, sleep};

use crate::batch::{Answer, Batch, Failure};
use crate::flight::BACKOFF;
use crate::outage::Outage;

const CALLS: Calls = Calls { budget: "sender", attempts: 3, attempt_timeout: Duration::from_secs(5) };

/// Where batches go.
pub trait Outlet: Send + Sync + 'static {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// Sends a batch in one call.
    fn send(&self, batch: &Batch) -> impl Future<Output = Result<Answer, Fault>> + Send;
}

/// A queue of SQS.
#[derive(Debug)]
pub struct SqsOutlet {
    client: Client,
    queue_url: String,
}

impl SqsOutlet {
    /// Finds the queue. While SQS is away, looks again.
    ///
    /// # Errors
    /// Where the queue is not there or may not be used.
    pub async fn open(queue: &QueueRef, sqs: &Sqs) -> Result<Self, QueueError> {
        let client = sqs.client(&CALLS);
        let queue_url = find(queue, &client).await?;
        Ok(Self { client, queue_url })
    }
}

impl Outlet for SqsOutlet {
    fn name(&self) -> &str {
        &self.queue_url
    }

    async fn send(&self, batch: &Batch) -> Result<Answer, Fault> {
        let carried = spans::carried();
        let entries =
            batch.greetings().iter().enumerate().map(|entry_of| entry(entry_of, &carried)).collect();
        let call = self.client.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        let answer = call.send().await.map_err(|error| Fault::new("SendMessageBatch", &error))?;
        Ok(read(answer))
    }
}

async fn find(queue: &QueueRef, client: &Client) -> Result<String, QueueError> {
    let (mut outage, mut failures) = (Outage::default(), 0);
    loop {
        match queue.url(client).await {
            Err(error) if error.is_passing() => {
                if outage.failed(Instant::now()) {
                    tracing::warn!("{error}; trying again");
                }
            }
            found => return found,
        }
        failures += 1;
        sleep(BACKOFF.delay(failures)).await;
    }
}

fn entry(
    (position, greeting): (usize, &Greeting),
    carried: &[(&str, String)],
) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(position.to_string())
        .message_body(greeting.body())
        .message_attributes(DEDUP_ID, text(greeting.id.to_string()));
    let entry = carried
        .iter()
        .fold(entry, |entry, (name, value)| entry.message_attributes(*name, text(value.clone())));
    entry.build().expect("id and body are set")
}

fn text(value: String) -> MessageAttributeValue {
    let text = MessageAttributeValue::builder().data_type("String").string_value(value);
    text.build().expect("the type is set")
}

fn read(answer: SendMessageBatchOutput) -> Answer {
    let taken = answer.successful.iter().filter_map(|entry| entry.id.parse().ok()).collect();
    let failed = answer.failed.into_iter().filter_map(|entry| {
        let position = entry.id.parse().ok()?;
        Some(Failure { position, code: entry.code, sender_fault: entry.sender_fault })
    });
    Answer { taken, failed: failed.collect() }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchResultEntry};

    use shared::spans::TRACEPARENT;

    use super::*;

    #[test]
    fn an_entry_carries_position_body_and_dedup_id() {
        let greeting = Greeting::new(12);
        let entry = entry((3, &greeting), &[(TRACEPARENT, "00-1-2-01".to_owned())]);
        let traceparent = &entry.message_attributes().unwrap()[TRACEPARENT];
        assert_eq!(traceparent.string_value(), Some("00-1-2-01"));
        let dedup_id = &entry.message_attributes().unwrap()[DEDUP_ID];
        assert_eq!((entry.id(), entry.message_body()), ("3", "hello world 12"));
        assert_eq!(dedup_id.data_type(), "String");
        assert_eq!(dedup_id.string_value(), Some(&*greeting.id.to_string()));
    }

    #[test]
    fn an_answer_is_read_entry_by_entry() {
        let taken =
            |id| SendMessageBatchResultEntry::builder().id(id).message_id("m").md5_of_message_body("5");
        let failed = BatchResultErrorEntry::builder().id("1").code("Bad").sender_fault(true);
        let answer = SendMessageBatchOutput::builder()
            .successful(taken("0").build().unwrap())
            .successful(taken("what?").build().unwrap())
            .failed(failed.build().unwrap());
        let answer = read(answer.build().unwrap());
        assert_eq!(answer.taken, [0]);
        let [Failure { position: 1, code, sender_fault: true }] = &answer.failed[..] else {
            panic!("{answer:?}")
        };
        assert_eq!(code, "Bad");
    }
}
