//! Sends one message on, with all that it had, and compares what SQS says that it took.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder as Request;
use aws_sdk_sqs::types::MessageSystemAttributeNameForSends::AwsTraceHeader;
use shared::error::{ErrorKind, ServiceError};
use shared::message::{Attribute, Message};
use shared::queue::is_fifo;

use crate::batch::unsent;
use crate::checksum::Taken;
use crate::error::service_error;
use crate::wire;

pub(super) const OPERATION: &str = "SendMessage";

/// Puts the message, with these attributes in place of its own, on the queue at `url`.
///
/// Where the queue takes no group or no `AWSTraceHeader`, as some that stand in for SQS, it goes
/// without: the message is worth more than they are. A FIFO queue takes it in its group, and under its
/// `MessageId`: what SQS saw in the last five minutes under the same `MessageDeduplicationId` it accepts
/// and does not deliver, and the message's name would be such an id.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html>
///
/// # Errors
/// Where it was not taken, or not as it was sent.
pub(super) async fn send(
    client: &Client,
    url: &str,
    message: &Message,
    attributes: &[Attribute],
) -> Result<(), ServiceError> {
    let bare = || request(client, url, message, attributes).map_err(|error| unsent(OPERATION, &error));
    let full =
        with_trace(with_group(bare()?, message), message).map_err(|error| unsent(OPERATION, &error))?;
    let answer = match call(full).await {
        Err(fault) if fault.kind == ErrorKind::Refused && is_fifo(url) && message.trace_header.is_some() => {
            call(with_group(bare()?, message)).await
        }
        Err(fault) if fault.kind == ErrorKind::Refused && !is_fifo(url) && has_system(message) => {
            call(bare()?).await
        }
        answer => answer,
    }?;
    let taken = Taken { body: answer.md5_of_message_body(), attributes: answer.md5_of_message_attributes() };
    taken
        .check(&message.body, attributes)
        .map_err(|flaw| ServiceError::of(ErrorKind::Unavailable, OPERATION, flaw.to_string()))
}

async fn call(request: Request) -> Result<SendMessageOutput, ServiceError> {
    request.send().await.map_err(|error| service_error(OPERATION, &error))
}

fn request(
    client: &Client,
    url: &str,
    message: &Message,
    attributes: &[Attribute],
) -> Result<Request, BuildError> {
    let deduplication = is_fifo(url).then(|| message.message_id.clone());
    let request = client.send_message().queue_url(url).message_body(&message.body);
    let request = request.set_message_deduplication_id(deduplication);
    attributes.iter().try_fold(request, |request, attribute| {
        Ok(request.message_attributes(&attribute.name, wire::attribute_value(attribute)?))
    })
}

fn has_system(message: &Message) -> bool {
    message.group.is_some() || message.trace_header.is_some()
}

fn with_group(request: Request, message: &Message) -> Request {
    request.set_message_group_id(message.group.clone())
}

fn with_trace(request: Request, message: &Message) -> Result<Request, BuildError> {
    match &message.trace_header {
        Some(text) => Ok(request.message_system_attributes(AwsTraceHeader, wire::trace_header(text)?)),
        None => Ok(request),
    }
}
