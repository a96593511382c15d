//! A queue of SQS as those who send see it.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::builders::SendMessageBatchRequestEntryBuilder as EntryBuilder;
use aws_sdk_sqs::types::{
    SendMessageBatchRequestEntry as RequestEntry, SendMessageBatchResultEntry as ResultEntry,
};
use outbound::Outgoing;
use outbound::port::{Entry, SendPort};
use shared::error::{ErrorKind, ServiceError};
use shared::message::{Attribute, DEDUP_ID};
use shared::queue::{QueueRef, is_fifo};

use crate::batch::{seconds, unsent};
use crate::checksum::Taken;
use crate::client::{Calls, Sqs};
use crate::entries::fault;
use crate::error::service_error;
use crate::lookup::{QueueError, url_of};
use crate::wire::attribute_value;

const OPERATION: &str = "SendMessageBatch";
/// The SDK's own repetitions are for what a new connection mends at once.
const CALLS: Calls = Calls { budget: "sender", attempts: 3, attempt_timeout: Duration::from_secs(5) };

/// A queue of SQS that takes messages.
#[derive(Clone, Debug)]
pub struct SqsSendPort {
    client: Client,
    url: String,
}

impl SqsSendPort {
    /// Finds the queue.
    ///
    /// # Errors
    /// Returns an error if the queue is not there or may not be used, or SQS is away.
    pub async fn open(sqs: &Sqs, queue: &QueueRef) -> Result<Self, QueueError> {
        let client = sqs.client(&CALLS);
        let url = url_of(queue, &client).await?;
        Ok(Self { client, url })
    }
}

impl SendPort for SqsSendPort {
    fn url(&self) -> &str {
        &self.url
    }

    async fn send(&self, batch: &[Outgoing]) -> Result<Vec<Entry>, ServiceError> {
        let attributes: Vec<_> = batch.iter().map(attributes).collect();
        let messages = batch.iter().zip(&attributes).enumerate();
        let entries = messages.map(|(place, (message, attributes))| {
            entry(place, message, attributes, is_fifo(&self.url)).map_err(|error| unsent(OPERATION, &error))
        });
        let entries = entries.collect::<Result<_, _>>()?;
        let call = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = call.send().await.map_err(|error| service_error(OPERATION, &error))?;
        read(&answer, batch, &attributes)
    }
}

/// All attributes of the message, its name among them.
fn attributes(message: &Outgoing) -> Vec<Attribute> {
    let mut attributes = message.attributes.clone();
    attributes.push(Attribute::text(DEDUP_ID, &message.dedup_id));
    attributes
}

fn entry(
    place: usize,
    message: &Outgoing,
    attributes: &[Attribute],
    is_fifo: bool,
) -> Result<RequestEntry, BuildError> {
    // Of what is sent again, as its answer was lost, a FIFO queue keeps one. The name may have more than
    // the 128 characters that this takes.
    let deduplication = is_fifo.then(|| message.id().to_string());
    let delay = Some(seconds(message.delay)).filter(|delay| *delay > 0);
    let entry = RequestEntry::builder().id(place.to_string()).message_body(&message.body);
    let entry = entry.set_message_group_id(message.group.clone()).set_delay_seconds(delay);
    let entry = entry.set_message_deduplication_id(deduplication);
    let with = |entry: EntryBuilder, attribute: &Attribute| {
        Ok::<_, BuildError>(entry.message_attributes(&attribute.name, attribute_value(attribute)?))
    };
    attributes.iter().try_fold(entry, with)?.build()
}

/// What became of each message. One that the answer does not mention may be on the queue.
///
/// # Errors
/// Where all of them were denied alike: then the call failed as a whole.
fn read(
    answer: &SendMessageBatchOutput,
    batch: &[Outgoing],
    attributes: &[Vec<Attribute>],
) -> Result<Vec<Entry>, ServiceError> {
    let mut entries = vec![Entry::Unknown("not mentioned in the answer".to_owned()); batch.len()];
    let place = |id: &str| id.parse::<usize>().ok().filter(|place| *place < batch.len());
    for (place, taken) in answer.successful.iter().filter_map(|entry| Some((place(&entry.id)?, entry))) {
        entries[place] = compare(taken, &batch[place], &attributes[place]);
    }
    let faults: Vec<_> = answer.failed.iter().map(|entry| fault(OPERATION, entry)).collect();
    for (entry, fault) in answer.failed.iter().zip(&faults) {
        if let Some(place) = place(&entry.id) {
            entries[place] = judged(fault);
        }
    }
    match faults.first().filter(|_| faults.iter().all(is_denial) && faults.len() == batch.len()) {
        Some(denial) => Err(denial.clone()),
        None => Ok(entries),
    }
}

/// It counts as taken only if SQS has what was sent.
fn compare(taken: &ResultEntry, message: &Outgoing, attributes: &[Attribute]) -> Entry {
    let said =
        Taken { body: Some(taken.md5_of_message_body()), attributes: taken.md5_of_message_attributes() };
    match said.check(&message.body, attributes) {
        Ok(()) => Entry::Taken,
        Err(corrupt) => Entry::Unknown(corrupt.to_string()),
    }
}

fn judged(fault: &ServiceError) -> Entry {
    if fault.kind == ErrorKind::Refused {
        Entry::Refused(fault.text.clone())
    } else {
        Entry::Failed(fault.text.clone())
    }
}

fn is_denial(fault: &ServiceError) -> bool {
    matches!(fault.kind, ErrorKind::Denied | ErrorKind::NoSuchQueue)
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::BatchResultErrorEntry;
    use shared::message::checksum;

    use super::*;

    fn batch(count: usize) -> Vec<Outgoing> {
        (0..count).map(|number| Outgoing::new(format!("m-{number}"), format!("hello {number}"))).collect()
    }

    fn taken(id: &str, body: &str) -> ResultEntry {
        let entry = ResultEntry::builder().id(id).message_id("m");
        entry.md5_of_message_body(checksum(body)).build().unwrap()
    }

    fn failed(id: &str, code: &str, is_senders: bool) -> BatchResultErrorEntry {
        let entry = BatchResultErrorEntry::builder().id(id).code(code).sender_fault(is_senders);
        entry.message("must be shorter\nthan that").build().unwrap()
    }

    fn answer(
        taken: Vec<ResultEntry>,
        failed: Vec<BatchResultErrorEntry>,
    ) -> Result<Vec<Entry>, ServiceError> {
        let answer = SendMessageBatchOutput::builder().set_successful(Some(taken)).set_failed(Some(failed));
        let batch = batch(4);
        read(&answer.build().unwrap(), &batch, &batch.iter().map(attributes).collect::<Vec<_>>())
    }

    #[test]
    fn an_entry_carries_all_that_the_message_has() {
        let mut message = Outgoing::new("order-1", "b");
        message.group = Some("g".into());
        message.delay = Duration::from_secs(7);
        message.attributes = vec![Attribute::text("kind", "vip")];
        let entry = entry(3, &message, &attributes(&message), false).unwrap();
        assert_eq!((entry.id(), entry.message_body(), entry.delay_seconds()), ("3", "b", Some(7)));
        assert_eq!((entry.message_group_id(), entry.message_deduplication_id()), (Some("g"), None));
        let text = |name: &str| entry.message_attributes().unwrap()[name].string_value().unwrap().to_owned();
        assert_eq!((text(DEDUP_ID), text("kind")), ("order-1".to_owned(), "vip".to_owned()));
    }

    #[test]
    fn a_fifo_queue_keeps_one_of_what_is_sent_again_whatever_it_is_called() {
        let mut message = Outgoing::new("x".repeat(500), "b");
        message.group = Some("g".into());
        let id = |message: &Outgoing| {
            let entry = entry(0, message, &attributes(message), true).unwrap();
            assert_eq!(entry.delay_seconds(), None);
            entry.message_deduplication_id().unwrap().to_owned()
        };
        assert_eq!(id(&message), id(&message));
        assert_eq!(id(&message).len(), 36);
    }

    #[test]
    fn an_answer_is_read_entry_by_entry() {
        let successful =
            vec![taken("0", "hello 0"), taken("what?", "hello 0"), taken("2", "hell0 2"), taken("17", "x")];
        let entries = answer(successful, vec![failed("1", "Bad", true)]).unwrap();
        assert_eq!(entries[0], Entry::Taken);
        assert_eq!(entries[1], Entry::Refused("must be shorter than that (Bad)".into()));
        assert!(matches!(entries[2], Entry::Unknown(_)), "it came with another body's checksum");
        assert!(matches!(entries[3], Entry::Unknown(_)), "it is not mentioned");
    }

    #[test]
    fn what_is_not_the_messages_fault_may_be_taken_later() {
        let entries =
            answer(vec![], vec![failed("0", "InternalError", false), failed("1", "RequestThrottled", true)]);
        assert!(entries.unwrap()[..2].iter().all(|entry| matches!(entry, Entry::Failed(_))));
    }

    #[test]
    fn a_call_that_was_denied_for_each_alike_failed_as_a_whole() {
        let denied = ["0", "1", "2", "3"].map(|id| failed(id, "AccessDenied", true));
        let fault = answer(vec![], denied.to_vec()).unwrap_err();
        assert!(
            fault.kind == ErrorKind::Denied && fault.remedy().contains("sqs:SendMessage,"),
            "{}",
            fault.remedy()
        );
        assert!(answer(vec![], denied[..3].to_vec()).is_ok());
    }
}
