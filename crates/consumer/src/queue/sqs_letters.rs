//! A standard queue of SQS in an operator's hands.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageSystemAttributeName as System, SendMessageBatchRequestEntry,
};
use shared::fault::{Fault, Kind};
use shared::queue::{QueueError, QueueRef, name_in};
use shared::sqs::{Calls, Sqs};

use super::batch::{self, seconds, unsent, whole};
use super::depth::Depth;
use super::redrive::{self, RedrivePolicy};
use super::{Entry, Letters, Sent, wire};
use crate::delivery::Receipt;
use crate::dlq::letter::{Letter, Outgoing};

/// A poll asks all of SQS's servers only if it waits; an empty answer is then worth something.
const WAIT: Duration = Duration::from_secs(1);

/// A standard queue of SQS.
#[derive(Debug)]
pub struct SqsLetters {
    url: String,
    client: Client,
}

impl SqsLetters {
    /// Looks the queue up.
    ///
    /// # Errors
    /// Where there is no such queue, or access to it is denied.
    pub async fn open(sqs: &Sqs, queue: &QueueRef) -> Result<Self, QueueError> {
        let calls = Calls { budget: "letters", attempts: 3, attempt_timeout: WAIT + Duration::from_secs(10) };
        let client = sqs.client(&calls);
        let url = queue.url(&client).await?;
        Ok(Self { url, client })
    }

    /// Where SQS puts what this queue gives up; `None` where it gives nothing up.
    ///
    /// # Errors
    /// Where either queue is not there, or its attributes may not be read.
    pub async fn dead_letters(&self) -> Result<Option<Self>, QueueError> {
        let Some(policy) = RedrivePolicy::of(&self.url, &self.client).await? else { return Ok(None) };
        let url = redrive::look_up(&policy.dead_letter_target_arn, &self.url, &self.client).await?;
        Ok(Some(Self { url, client: self.client.clone() }))
    }

    /// After so many receives the queue gives a message up; `None`: it never does.
    ///
    /// # Errors
    /// Where there is no such queue, or its attributes may not be read.
    pub async fn max_receive_count(&self) -> Result<Option<u32>, QueueError> {
        let policy = RedrivePolicy::of(&self.url, &self.client).await?;
        Ok(policy.map(|policy| policy.max_receive_count()))
    }

    /// How many messages it has.
    ///
    /// # Errors
    /// Where SQS does not say.
    pub async fn depth(&self) -> Result<Depth, Fault> {
        let silent =
            || Fault::of(Kind::Refused, "GetQueueAttributes", "the answer lacks the numbers of messages");
        Depth::of(&self.url, &self.client).await?.ok_or_else(silent)
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name: the end of its URL.
    pub fn name(&self) -> &str {
        name_in(&self.url)
    }
}

impl Letters for SqsLetters {
    async fn receive(&self, most: usize, visibility: Duration) -> Result<Vec<Letter>, Fault> {
        let ask = self.client.receive_message().queue_url(&self.url).message_attribute_names("All");
        let ask = ask.max_number_of_messages(whole(most)).wait_time_seconds(seconds(WAIT));
        let system = [
            System::ApproximateReceiveCount,
            System::SentTimestamp,
            System::ApproximateFirstReceiveTimestamp,
            System::DeadLetterQueueSourceArn,
        ];
        let ask = ask.visibility_timeout(seconds(visibility));
        let ask = ask.set_message_system_attribute_names(Some(system.to_vec()));
        let answer = ask.send().await.map_err(|error| Fault::new("ReceiveMessage", &error))?;
        let letters = answer.messages.unwrap_or_default().into_iter().map(wire::letter);
        Ok(letters.filter_map(|letter| letter.inspect_err(|flaw| tracing::error!("{flaw}")).ok()).collect())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Entry>, Fault> {
        batch::delete(&self.client, &self.url, receipts).await
    }

    async fn change_visibility(&self, receipts: &[(Receipt, Duration)]) -> Result<Vec<Entry>, Fault> {
        batch::change_visibility(&self.client, &self.url, receipts).await
    }

    async fn send(&self, messages: &[Outgoing]) -> Result<Vec<Sent>, Fault> {
        const OPERATION: &str = "SendMessageBatch";
        let entries = messages.iter().enumerate().map(|(position, message)| entry(position, message));
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unsent(OPERATION, &error))?;
        let ask = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = ask.send().await.map_err(|error| Fault::new(OPERATION, &error))?;
        let done = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(sent(messages.len(), done, &answer.failed))
    }
}

fn entry(position: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let mut entry =
        SendMessageBatchRequestEntry::builder().id(position.to_string()).message_body(&message.body);
    for attribute in &message.attributes {
        entry = entry.message_attributes(&attribute.name, wire::attribute_value(attribute)?);
    }
    entry.build()
}

/// What each of `count` entries came to; one that the answer does not mention failed.
fn sent<'a>(
    count: usize,
    successful: impl IntoIterator<Item = &'a str>,
    failed: &[BatchResultErrorEntry],
) -> Vec<Sent> {
    let mut all = vec![Sent::Failed("SQS did not answer for it".to_owned()); count];
    let mut set = |id: &str, sent| {
        if let Some(slot) = id.parse::<usize>().ok().and_then(|position| all.get_mut(position)) {
            *slot = sent;
        }
    };
    for id in successful {
        set(id, Sent::Done);
    }
    for error in failed {
        let text = format!("{} ({})", error.message.as_deref().unwrap_or("no reason given"), error.code);
        set(&error.id, if error.sender_fault { Sent::Refused(text) } else { Sent::Failed(text) });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_sqs_confirms_counts_as_sent() {
        let error = |id: &str, fault| {
            BatchResultErrorEntry::builder()
                .id(id)
                .code("c")
                .message("m")
                .sender_fault(fault)
                .build()
                .unwrap()
        };
        let all = sent(4, ["0", "9", "x"], &[error("1", true), error("2", false)]);
        assert_eq!(all[..3], [Sent::Done, Sent::Refused("m (c)".into()), Sent::Failed("m (c)".into())]);
        assert!(matches!(all[3], Sent::Failed(_)));
    }
}
