//! The queue as SQS has it: of the consumer, only this folder speaks to AWS.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use engine::depth::Depth;
use engine::queue::{EntryResult, Moved, Queue};
use engine::verdict::Rejection;
use shared::error::{ErrorKind, ServiceError};
use shared::message::{Attribute, Message, Receipt, Received};
use shared::queue::{QueueRef, is_fifo, name_in, server_in};

use crate::batch::{seconds, whole};
use crate::client::{Calls, Sqs};
use crate::dead_letter::write;
use crate::depth::depth_of;
use crate::error::service_error;
use crate::left::LeftToQueue;
use crate::lookup::{QueueError, url_of};
use crate::reader::Reader;
use crate::receive_attempt::Attempts;
use crate::redrive_policy::{DeadLetters, Target};
use crate::{batch, reader, send, wire};

/// A standard or a FIFO queue, with its dead-letter queue if it has one.
#[derive(Debug)]
pub struct SqsQueue {
    url: String,
    receives: Client,
    deletes: Client,
    extends: Client,
    wait: Duration,
    visibility: Duration,
    dead_letters: DeadLetters,
    /// Of a FIFO queue.
    attempts: Option<Attempts>,
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
        let receives = Client::from_conf(sqs.config(&receive).interceptor(Reader::new()).build());
        let deletes = sqs.client(&settle("delete"));
        let extends = sqs.client(&settle("change-visibility"));
        let url = url_of(queue, &deletes).await?;
        let dead_letters = DeadLetters::of(&url, &deletes).await?;
        let attempts = is_fifo(&url).then(|| Attempts::new(visibility));
        Ok(Self { url, receives, deletes, extends, wait, visibility, dead_letters, attempts })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn poll(&self, most: usize, attempt: Option<String>) -> Result<Vec<Received>, ServiceError> {
        let ask = self.receives.receive_message().queue_url(&self.url);
        let ask = ask.max_number_of_messages(whole(most)).wait_time_seconds(seconds(self.wait));
        let ask = ask.visibility_timeout(seconds(self.visibility)).message_attribute_names("All");
        let ask = ask.set_message_system_attribute_names(Some(wire::SYSTEM.to_vec()));
        let ask = ask.set_receive_request_attempt_id(attempt);
        let (answer, messages) = reader::receive(ask.send()).await;
        let answer = answer.map_err(|error| service_error("ReceiveMessage", &error))?;
        let by_sdk = || answer.messages.unwrap_or_default().into_iter().map(wire::received).collect();
        let mut left = LeftToQueue::new(self.is_fifo());
        Ok(messages.unwrap_or_else(by_sdk).into_iter().filter_map(|message| left.sort(message)).collect())
    }

    /// To where letters went before; where that fails and they go elsewhere by now, to there.
    async fn send_on(
        &self,
        message: &Message,
        attributes: Option<&[Attribute]>,
    ) -> Result<Moved, ServiceError> {
        let known = self.dead_letters.known();
        let sent = self.send_to(known.as_deref(), message, attributes).await;
        if sent.is_ok() {
            return sent;
        }
        self.refresh().await.ok();
        let now = self.dead_letters.known();
        let url = |target: &Option<Arc<Target>>| target.as_ref().map(|target| target.url.clone());
        if url(&now) == url(&known) { sent } else { self.send_to(now.as_deref(), message, attributes).await }
    }

    async fn send_to(
        &self,
        to: Option<&Target>,
        message: &Message,
        attributes: Option<&[Attribute]>,
    ) -> Result<Moved, ServiceError> {
        let none =
            || ServiceError::of(ErrorKind::Refused, send::OPERATION, "the queue has no dead-letter queue");
        let to = to.ok_or_else(none)?;
        let Some(attributes) = attributes else { return Ok(Moved::LeftToQueue) };
        send::send(&self.deletes, &to.url, message, attributes).await.map(|()| Moved::Sent)
    }
}

impl Queue for SqsQueue {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        let Some(attempts) = &self.attempts else { return self.poll(most, None).await };
        let attempt = attempts.next(most);
        let answer = self.poll(attempt.most, Some(attempt.id.clone())).await;
        attempts.ended(attempt, &answer);
        answer
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        batch::delete(&self.deletes, &self.url, receipts).await
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        batch::change_visibility(&self.extends, &self.url, receipts).await
    }

    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, ServiceError> {
        let mut attributes = write::attributes(message, rejection, &self.url);
        if attributes.is_none() && self.is_fifo() {
            let (id, reason) = (message.id, rejection.reason());
            tracing::warn!(message.id = %id, reason, "there is no room for the reason beside it: it goes without");
            attributes = write::bare(message);
        }
        self.send_on(message, attributes.as_deref()).await
    }

    async fn refresh(&self) -> Result<(), ServiceError> {
        self.dead_letters.refresh(&self.url, &self.deletes).await
    }

    fn is_fifo(&self) -> bool {
        is_fifo(&self.url)
    }

    fn max_receive_count(&self) -> Option<u32> {
        self.dead_letters.known().map(|target| target.max_receive_count)
    }

    fn name(&self) -> Option<&str> {
        Some(name_in(&self.url))
    }

    fn server(&self) -> Option<&str> {
        server_in(&self.url)
    }

    fn dead_letter_name(&self) -> Option<String> {
        self.dead_letters.known().map(|target| name_in(&target.url).to_owned())
    }

    async fn depth(&self) -> Result<Option<Depth>, ServiceError> {
        depth_of(&self.url, &self.deletes).await
    }
}
