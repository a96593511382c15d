//! The queue as SQS has it: of the consumer, only this folder speaks to AWS.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageSystemAttributeName as System;
use shared::fault::{Fault, Kind};
use shared::queue::{QueueError, QueueRef, name_in, server_in};
use shared::sqs::{Calls, Sqs};

use super::batch::{seconds, unsent, whole};
use super::redrive::DeadLetters;
use super::{Depth, Entry, Moved, Queue, batch, wire};
use crate::dead_letter;
use crate::delivery::{Message, Receipt, Received};
use crate::handler::Rejection;

/// A standard queue, with its dead-letter queue if it has one.
#[derive(Debug)]
pub struct SqsQueue {
    url: String,
    receives: Client,
    deletes: Client,
    extends: Client,
    wait: Duration,
    visibility: Duration,
    dead_letters: Option<DeadLetters>,
}

/// Why the queue could not be opened.
pub type OpenError = QueueError;

impl SqsQueue {
    /// Looks the queue up and reads its redrive policy.
    ///
    /// Receives wait up to `wait` (0 to 20 s) and ask for `visibility` (to 12 h).
    ///
    /// # Errors
    /// Where there is no such queue, or access to it or to its attributes is denied.
    pub async fn open(
        sqs: &Sqs,
        queue: &QueueRef,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Self, OpenError> {
        // A poll that failed is repeated by its receiver; one that got no answer ends by itself.
        let receive =
            Calls { budget: "receive", attempts: 1, attempt_timeout: wait + Duration::from_secs(10) };
        let settle = |budget| Calls { budget, attempts: 3, attempt_timeout: Duration::from_secs(5) };
        let (receives, deletes) = (sqs.client(&receive), sqs.client(&settle("delete")));
        let extends = sqs.client(&settle("change-visibility"));
        let url = queue.url(&deletes).await?;
        let dead_letters = DeadLetters::of(&url, &deletes).await?;
        Ok(Self { url, receives, deletes, extends, wait, visibility, dead_letters })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Queue for SqsQueue {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, Fault> {
        let ask = self.receives.receive_message().queue_url(&self.url);
        let ask = ask.max_number_of_messages(whole(most)).wait_time_seconds(seconds(self.wait));
        let ask = ask.visibility_timeout(seconds(self.visibility)).message_attribute_names("All");
        let ask = ask.message_system_attribute_names(System::ApproximateReceiveCount);
        let ask = ask.message_system_attribute_names(System::SentTimestamp);
        let answer = ask.send().await.map_err(|error| Fault::new("ReceiveMessage", &error))?;
        let messages = answer.messages.unwrap_or_default().into_iter().map(wire::received);
        Ok(messages
            .filter_map(|message| message.inspect_err(|flaw| tracing::error!("{flaw}")).ok())
            .collect())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Entry>, Fault> {
        batch::delete(&self.deletes, &self.url, receipts).await
    }

    async fn change_visibility(&self, receipts: &[(Receipt, Duration)]) -> Result<Vec<Entry>, Fault> {
        batch::change_visibility(&self.extends, &self.url, receipts).await
    }

    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, Fault> {
        const OPERATION: &str = "SendMessage";
        let refused = |text: &str| Fault::of(Kind::Refused, OPERATION, text);
        let to = self.dead_letters.as_ref().ok_or_else(|| refused("the queue has no dead-letter queue"))?;
        let mut send = self.deletes.send_message().queue_url(&to.url).message_body(&message.body);
        for attribute in dead_letter::attributes(message, rejection, &self.url) {
            let value = wire::attribute_value(&attribute).map_err(|error| unsent(OPERATION, &error))?;
            send = send.message_attributes(attribute.name, value);
        }
        send.send().await.map_err(|error| Fault::new(OPERATION, &error))?;
        Ok(Moved::Sent)
    }

    fn max_receive_count(&self) -> Option<u32> {
        self.dead_letters.as_ref().map(|dead_letters| dead_letters.max_receive_count)
    }

    fn name(&self) -> Option<&str> {
        Some(name_in(&self.url))
    }

    fn server(&self) -> Option<&str> {
        server_in(&self.url)
    }

    fn dead_letter_name(&self) -> Option<String> {
        self.dead_letters.as_ref().map(|dead_letters| name_in(&dead_letters.url).to_owned())
    }

    async fn depth(&self) -> Result<Option<Depth>, Fault> {
        Depth::of(&self.url, &self.deletes).await.map(Some)
    }
}
