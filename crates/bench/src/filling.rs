//! Fills a queue before it is drained.

use std::time::Duration;

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry as Entry};
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::limits::{MAX_BATCH, MAX_BYTES};
use shared::message::{DEDUP_ID, DedupId};
use tokio::task::JoinSet;

/// For all of it.
const LONGEST: Duration = Duration::from_mins(10);
/// Calls at a time, where the sender does not send.
const SENDERS: usize = 4;
/// A message's attribute counts, too.
const ATTRIBUTE: usize = DEDUP_ID.len() + "String".len() + 36;
/// The most that a body can have.
const LARGEST: usize = MAX_BYTES - ATTRIBUTE;

/// Has the sender put so many messages on the queue, which it leads to by `endpoint`.
pub async fn fill(bed: &TestEnv, endpoint: &str, messages: usize) -> Result<()> {
    let mut sender = send(bed, endpoint, "max", messages)?;
    let ended = sender.ended(LONGEST).await?;
    ensure!(ended.success(), "the sender failed: {}", sender.tail());
    Ok(())
}

/// A sender that sends so many messages at `rate`.
pub fn send(bed: &TestEnv, endpoint: &str, rate: &str, messages: usize) -> Result<Process> {
    send_as(bed, endpoint, rate, messages, &[])
}

/// As [`send`], with variables of its own.
pub fn send_as(
    bed: &TestEnv,
    endpoint: &str,
    rate: &str,
    messages: usize,
    variables: &[(&str, &str)],
) -> Result<Process> {
    let count = messages.to_string();
    let arguments = ["--rate", rate, "--count", &count];
    let variables = [&[("AWS_ENDPOINT_URL", endpoint)], variables].concat();
    Process::start_with(bed, "sender", &arguments, &variables)
}

/// Puts so many messages on the queue that are as large as SQS takes them. Returns how many it
/// took: an emulator may run out of memory.
pub async fn fill_large(bed: &TestEnv, messages: usize) -> Result<usize> {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let share = (sender..messages).step_by(SENDERS).len();
        let (sqs, url) = (bed.sqs.clone(), bed.queue_url.clone());
        senders.spawn(async move {
            for sent in 0..share {
                let id = MessageAttributeValue::builder().data_type("String");
                let Ok(id) = id.string_value(DedupId::generate().to_string()).build() else { return sent };
                let send = sqs.send_message().queue_url(&url).message_body(large(sent));
                if send.message_attributes(DEDUP_ID, id).send().await.is_err() {
                    return sent;
                }
            }
            share
        });
    }
    let taken = senders.join_all().await.into_iter().sum();
    ensure!(taken > 0, "no large message could be sent");
    Ok(taken)
}

/// Puts so many messages on the queue that have no `dedup-id`: they are named by their
/// `MessageId`, which is random.
pub async fn fill_unnamed(bed: &TestEnv, messages: usize) -> Result<()> {
    let entry = |number: usize| {
        let body = format!("hello world {number}");
        Ok(Entry::builder().id(number.to_string()).message_body(body).build()?)
    };
    fill_with(bed, messages, |number| number, entry).await
}

/// Puts so many messages on the queue as users would who send at the same time: the groups take
/// turns, and each has its messages in order.
pub async fn fill_groups(bed: &TestEnv, groups: usize, messages: usize) -> Result<()> {
    fill_with(bed, messages, |number| number % groups, move |number| grouped(number, number % groups)).await
}

/// Puts so many messages on the queue, each as `entry` makes it of its number. Those of which `line` says
/// the same are sent one after another.
pub async fn fill_with(
    bed: &TestEnv,
    messages: usize,
    line: impl Fn(usize) -> usize,
    entry: impl Fn(usize) -> Result<Entry> + Clone + Send + 'static,
) -> Result<()> {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (sqs, url, entry) = (bed.sqs.clone(), bed.queue_url.clone(), entry.clone());
        let share: Vec<_> = (0..messages).filter(|number| line(*number) % SENDERS == sender).collect();
        senders.spawn(async move {
            for numbers in share.chunks(MAX_BATCH) {
                let entries = Some(numbers.iter().map(|number| entry(*number)).collect::<Result<_>>()?);
                let answer = sqs.send_message_batch().queue_url(&url).set_entries(entries).send().await?;
                ensure!(answer.failed.is_empty(), "a message was not taken");
            }
            Ok(())
        });
    }
    senders.join_all().await.into_iter().collect()
}

/// As the sender sends to a group of a FIFO queue.
fn grouped(number: usize, group: usize) -> Result<Entry> {
    let name = DedupId::generate().to_string();
    let id = MessageAttributeValue::builder().data_type("String").string_value(&name).build()?;
    let entry = Entry::builder().id(number.to_string()).message_body(format!("hello world {number}"));
    let entry = entry.message_attributes(DEDUP_ID, id).message_group_id(format!("group-{group}"));
    Ok(entry.message_deduplication_id(name).build()?)
}

fn large(number: usize) -> String {
    let line = format!("hello world {number} ");
    let mut body = line.repeat(LARGEST / line.len() + 1);
    body.truncate(LARGEST);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_is_exactly_what_sqs_still_takes() {
        assert_eq!(large(17).len() + ATTRIBUTE, 1_048_576);
    }
}
