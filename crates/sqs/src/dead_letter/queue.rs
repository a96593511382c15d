//! A queue of SQS in an operator's hands.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageSystemAttributeNameForSends::AwsTraceHeader;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageSystemAttributeName as System, SendMessageBatchRequestEntry,
    SendMessageBatchResultEntry,
};
use engine::depth::Depth;
use engine::queue::EntryResult;
use shared::error::{ErrorKind, ServiceError};
use shared::message::Receipt;
use shared::queue::{QueueRef, is_fifo, name_in};

use super::message::DeadLetter;
use super::outgoing::OutgoingMessage;
use super::port::{DeadLetterQueue, Sent};
use crate::batch::{self, seconds, unsent, whole};
use crate::checksum::Taken;
use crate::client::{Calls, Sqs};
use crate::depth::depth_of;
use crate::error::service_error;
use crate::lookup::{QueueError, url_of};
use crate::name;
use crate::redrive_policy::{self, RedrivePolicy};
use crate::wire;

/// A poll asks all of SQS's servers only if it waits; an empty answer is then worth something.
const WAIT: Duration = Duration::from_secs(1);

/// A queue of SQS.
#[derive(Debug)]
pub struct SqsDeadLetterQueue {
    url: String,
    client: Client,
    policy: Option<RedrivePolicy>,
}

impl SqsDeadLetterQueue {
    /// Looks the queue up, and asks it for its redrive policy: so it is certain that it is there.
    ///
    /// # Errors
    /// Where there is no such queue, or access to it or to its attributes is denied.
    pub async fn open(sqs: &Sqs, queue: &QueueRef) -> Result<Self, QueueError> {
        let calls = Calls { budget: "letters", attempts: 3, attempt_timeout: WAIT + Duration::from_secs(10) };
        let client = sqs.client(&calls);
        let url = url_of(queue, &client).await?;
        Self::at(url, client).await
    }

    async fn at(url: String, client: Client) -> Result<Self, QueueError> {
        let policy = RedrivePolicy::of(&url, &client).await.map_err(|fault| QueueError::new(&url, fault))?;
        Ok(Self { url, client, policy })
    }

    /// Where SQS puts what this queue gives up; `None` where it gives nothing up.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn dead_letters(&self) -> Result<Option<Self>, QueueError> {
        let Some(policy) = &self.policy else { return Ok(None) };
        let url = redrive_policy::look_up(&policy.dead_letter_target_arn, &self.client).await;
        let url = url.map_err(|fault| QueueError::new(policy.name(), fault))?;
        Self::at(url, self.client.clone()).await.map(Some)
    }

    /// After so many receives the queue gives a message up; `None`: it never does.
    pub fn max_receive_count(&self) -> Option<u32> {
        self.policy.as_ref().map(RedrivePolicy::max_receive_count)
    }

    /// How many messages it has.
    ///
    /// # Errors
    /// Where SQS does not say.
    pub async fn depth(&self) -> Result<Depth, ServiceError> {
        let silent = || {
            ServiceError::of(
                ErrorKind::Refused,
                "GetQueueAttributes",
                "the answer lacks the numbers of messages",
            )
        };
        depth_of(&self.url, &self.client).await?.ok_or_else(silent)
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

impl DeadLetterQueue for SqsDeadLetterQueue {
    fn is_fifo(&self) -> bool {
        is_fifo(&self.url)
    }

    async fn receive(&self, most: usize, visibility: Duration) -> Result<Vec<DeadLetter>, ServiceError> {
        let ask = self.client.receive_message().queue_url(&self.url).message_attribute_names("All");
        let ask = ask.max_number_of_messages(whole(most)).wait_time_seconds(seconds(WAIT));
        let more = [System::ApproximateFirstReceiveTimestamp, System::DeadLetterQueueSourceArn];
        let system = wire::SYSTEM.into_iter().chain(more).collect();
        let ask = ask.visibility_timeout(seconds(visibility));
        let ask = ask.set_message_system_attribute_names(Some(system));
        let answer = ask.send().await.map_err(|error| service_error("ReceiveMessage", &error))?;
        let letters = answer.messages.unwrap_or_default().into_iter().map(wire::letter);
        Ok(letters.filter_map(|letter| letter.inspect_err(|flaw| tracing::error!("{flaw}")).ok()).collect())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        batch::delete(&self.client, &self.url, receipts).await
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        batch::change_visibility(&self.client, &self.url, receipts).await
    }

    async fn send(&self, messages: &[OutgoingMessage]) -> Result<Vec<Sent>, ServiceError> {
        const OPERATION: &str = "SendMessageBatch";
        let is_fifo = is_fifo(&self.url);
        let entries = messages.iter().enumerate().map(|numbered| entry(numbered, is_fifo));
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unsent(OPERATION, &error))?;
        let ask = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = ask.send().await.map_err(|error| service_error(OPERATION, &error))?;
        Ok(sent(messages, &answer.successful, &answer.failed))
    }
}

fn entry(
    (position, message): (usize, &OutgoingMessage),
    is_fifo: bool,
) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let mut entry =
        SendMessageBatchRequestEntry::builder().id(position.to_string()).message_body(&message.body);
    for attribute in &message.attributes {
        entry = entry.message_attributes(&attribute.name, wire::attribute_value(attribute)?);
    }
    if let Some(text) = &message.trace_header {
        entry = entry.message_system_attributes(AwsTraceHeader, wire::trace_header(text)?);
    }
    let name = name::said(&message.attributes);
    let deduplication = message.message_id.as_deref().or(name).filter(|_| is_fifo).map(str::to_owned);
    entry.set_message_group_id(message.group.clone()).set_message_deduplication_id(deduplication).build()
}

/// What each of the messages came to; one that the answer does not mention failed.
fn sent(
    messages: &[OutgoingMessage],
    successful: &[SendMessageBatchResultEntry],
    failed: &[BatchResultErrorEntry],
) -> Vec<Sent> {
    let mut all = vec![Sent::Failed("SQS did not answer for it".to_owned()); messages.len()];
    let mut set = |id: &str, sent: &dyn Fn(&OutgoingMessage) -> Sent| {
        let position = id.parse::<usize>().ok().filter(|position| *position < messages.len());
        if let Some(position) = position {
            all[position] = sent(&messages[position]);
        }
    };
    for entry in successful {
        set(&entry.id, &|message| taken(message, entry));
    }
    for error in failed {
        let text = format!("{} ({})", error.message.as_deref().unwrap_or("no reason given"), error.code);
        let is_final = error.sender_fault;
        set(&error.id, &|_| if is_final { Sent::Refused(text.clone()) } else { Sent::Failed(text.clone()) });
    }
    all
}

fn taken(message: &OutgoingMessage, entry: &SendMessageBatchResultEntry) -> Sent {
    let attributes = entry.md5_of_message_attributes.as_deref();
    let taken = Taken { body: Some(&entry.md5_of_message_body), attributes };
    match taken.check(&message.body, &message.attributes) {
        Ok(()) => Sent::Done,
        Err(flaw) => Sent::Failed(flaw.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use shared::message::Attribute;

    use super::*;

    #[test]
    fn a_fifo_queue_gets_a_letter_under_the_message_id_that_it_had() {
        let outgoing = |message_id: Option<&str>| OutgoingMessage {
            body: "b".into(),
            attributes: vec![Attribute::text("dedup-id", "order-1")],
            group: Some("g".into()),
            message_id: message_id.map(str::to_owned),
            trace_header: None,
        };
        let told = |message_id, is_fifo| {
            let entry = entry((0, &outgoing(message_id)), is_fifo).unwrap();
            let name = entry.message_attributes().unwrap()["dedup-id"].string_value().map(str::to_owned);
            assert_eq!((entry.message_group_id(), name.as_deref()), (Some("g"), Some("order-1")));
            entry.message_deduplication_id().map(str::to_owned)
        };
        assert_eq!(told(Some("m-1"), true).as_deref(), Some("m-1"));
        assert_eq!(told(None, true).as_deref(), Some("order-1"), "no earlier life is known");
        assert_eq!(told(Some("m-1"), false), None);
    }

    #[test]
    fn only_what_sqs_confirms_as_it_was_sent_counts_as_sent() {
        let error = |id: &str, is_senders| {
            let error = BatchResultErrorEntry::builder().id(id).code("c").message("m");
            error.sender_fault(is_senders).build().unwrap()
        };
        let done = |id: &str, md5: &str| {
            let entry = SendMessageBatchResultEntry::builder().id(id).message_id("m");
            entry.md5_of_message_body(md5).build().unwrap()
        };
        let messages = vec![OutgoingMessage { body: "b".into(), ..OutgoingMessage::default() }; 5];
        let b = "92eb5ffee6ae2fec3ad71c777531578f";
        let successful = [done("0", b), done("9", b), done("x", b), done("4", "another")];
        let all = sent(&messages, &successful, &[error("1", true), error("2", false)]);
        assert_eq!(all[..3], [Sent::Done, Sent::Refused("m (c)".into()), Sent::Failed("m (c)".into())]);
        assert!(matches!(all[3..], [Sent::Failed(_), Sent::Failed(_)]));
    }
}
