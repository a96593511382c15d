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
    let unsent = |error: BuildError| unsent(OPERATION, &error);
    let answer = match call(full(client, url, message, attributes).map_err(unsent)?).await {
        Err(fault) if fault.kind == ErrorKind::Refused => {
            let without = without_system(client, url, message, attributes).map_err(unsent)?;
            call(without.ok_or(fault)?).await
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

/// With all that it had.
fn full(
    client: &Client,
    url: &str,
    message: &Message,
    attributes: &[Attribute],
) -> Result<Request, BuildError> {
    let request = with_group(request(client, url, message, attributes)?, message);
    match &message.trace_header {
        Some(text) => Ok(request.message_system_attributes(AwsTraceHeader, wire::trace_header(text)?)),
        None => Ok(request),
    }
}

/// Without what the queue may not take; `None`: there was nothing of it. A FIFO queue takes nothing that is
/// in no group.
fn without_system(
    client: &Client,
    url: &str,
    message: &Message,
    attributes: &[Attribute],
) -> Result<Option<Request>, BuildError> {
    let bare = request(client, url, message, attributes)?;
    Ok(if is_fifo(url) {
        message.trace_header.is_some().then(|| with_group(bare, message))
    } else {
        (message.group.is_some() || message.trace_header.is_some()).then_some(bare)
    })
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

fn with_group(request: Request, message: &Message) -> Request {
    request.set_message_group_id(message.group.clone())
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::config::{BehaviorVersion, Config};

    use super::*;
    use crate::dead_letter::testing::letter;

    const FIFO: &str = "https://h/0/q-dlq.fifo";
    const STANDARD: &str = "https://h/0/q-dlq";

    fn client() -> Client {
        Client::from_conf(Config::builder().behavior_version(BehaviorVersion::latest()).build())
    }

    fn message(group: Option<&str>, trace_header: Option<&str>) -> Message {
        let [group, trace_header] = [group, trace_header].map(|text| text.map(str::to_owned));
        Message { group, trace_header, ..letter("m-1", "b", &[("dedup-id", "order-1")]).message }
    }

    /// Group, deduplication id, and whether there is a trace header.
    fn told(request: &Request) -> (Option<&str>, Option<&str>, bool) {
        let input = request.as_input();
        let [group, id] = [input.get_message_group_id(), input.get_message_deduplication_id()];
        (group.as_deref(), id.as_deref(), input.get_message_system_attributes().is_some())
    }

    #[test]
    fn a_fifo_queue_gets_it_in_its_group_and_under_its_message_id() {
        let message = message(Some("g"), Some("Root=1"));
        let sent = full(&client(), FIFO, &message, &message.attributes).unwrap();
        assert_eq!(told(&sent), (Some("g"), Some("m-1"), true));
        let names = sent.as_input().get_message_attributes().as_ref().unwrap();
        assert_eq!(names["dedup-id"].string_value(), Some("order-1"), "its name stays");
        let sent = full(&client(), STANDARD, &message, &[]).unwrap();
        assert_eq!(told(&sent), (Some("g"), None, true));
    }

    #[test]
    fn where_it_is_refused_a_fifo_queue_still_gets_the_group_and_a_standard_queue_neither() {
        let again = |url, group, trace| {
            let request = without_system(&client(), url, &message(group, trace), &[]).unwrap();
            request.map(|request| {
                let (group, id, has_trace) = told(&request);
                (group.map(str::to_owned), id.map(str::to_owned), has_trace)
            })
        };
        let kept = (Some("g".to_owned()), Some("m-1".to_owned()), false);
        assert_eq!(again(FIFO, Some("g"), Some("Root=1")), Some(kept));
        assert_eq!(again(FIFO, Some("g"), None), None);
        assert_eq!(again(STANDARD, Some("g"), None), Some((None, None, false)));
        assert_eq!(again(STANDARD, None, Some("Root=1")), Some((None, None, false)));
        assert_eq!(again(STANDARD, None, None), None);
    }
}
