//! The messages that are sent, and their way onto the queue.

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry as Entry};
use proof::test_env::TestEnv;
use shared::message::{DEDUP_ID, DedupId};

/// A body that begins so is refused by the table.
pub(super) const BAD: &str = "bad";

/// A message. Sent again, it has the same `dedup-id` and another `MessageId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) body: String,
    id: DedupId,
}

impl Sent {
    /// Makes it one that no row can hold.
    pub(super) fn spoil(&mut self) {
        self.body = format!("{BAD} {}", self.body);
    }

    pub(super) fn is_bad(&self) -> bool {
        self.body.starts_with(BAD)
    }

    fn entry(&self, position: usize) -> Result<Entry> {
        let id = MessageAttributeValue::builder().data_type("String").string_value(self.id.to_string());
        let entry = Entry::builder().id(position.to_string()).message_body(&self.body);
        Ok(entry.message_attributes(DEDUP_ID, id.build()?).build()?)
    }
}

/// So many, which can be told apart by their bodies.
pub(super) fn sent(messages: usize) -> Vec<Sent> {
    let sent = |number| Sent { body: format!("hello world {number}"), id: DedupId::generate() };
    (1..=messages).map(sent).collect()
}

/// Puts a batch on the queue.
pub(super) async fn send(bed: &TestEnv, batch: &[Sent]) -> Result<()> {
    let entries = batch.iter().enumerate().map(|(position, sent)| sent.entry(position));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let send = bed.sqs.send_message_batch().queue_url(&bed.queue_url);
    let answer = send.set_entries(Some(entries)).send().await?;
    ensure!(answer.failed.is_empty(), "a message was not taken");
    Ok(())
}
