//! The batch calls on receipts, and SQS's whole numbers.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as VisibilityEntry,
    DeleteMessageBatchRequestEntry as DeleteEntry,
};
use engine::queue::EntryResult;
use shared::error::{ErrorKind, ServiceError};
use shared::message::Receipt;

use crate::entries;
use crate::error::service_error;

pub(super) async fn delete(
    client: &Client,
    url: &str,
    receipts: &[Receipt],
) -> Result<Vec<EntryResult>, ServiceError> {
    const OPERATION: &str = "DeleteMessageBatch";
    let entries = receipts.iter().enumerate().map(|(position, receipt)| {
        DeleteEntry::builder().id(position.to_string()).receipt_handle(&**receipt).build()
    });
    let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unsent(OPERATION, &error))?;
    let ask = client.delete_message_batch().queue_url(url).set_entries(Some(entries));
    let answer = ask.send().await.map_err(|error| service_error(OPERATION, &error))?;
    let done = answer.successful.iter().map(|entry| entry.id.as_str());
    entries::entries(OPERATION, receipts.len(), done, &answer.failed)
}

pub(super) async fn change_visibility(
    client: &Client,
    url: &str,
    receipts: &[(Receipt, Duration)],
) -> Result<Vec<EntryResult>, ServiceError> {
    const OPERATION: &str = "ChangeMessageVisibilityBatch";
    let entries = receipts.iter().enumerate().map(|(position, (receipt, after))| {
        let entry = VisibilityEntry::builder().id(position.to_string()).receipt_handle(&**receipt);
        entry.visibility_timeout(seconds(*after)).build()
    });
    let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unsent(OPERATION, &error))?;
    let ask = client.change_message_visibility_batch().queue_url(url).set_entries(Some(entries));
    let answer = ask.send().await.map_err(|error| service_error(OPERATION, &error))?;
    let done = answer.successful.iter().map(|entry| entry.id.as_str());
    entries::entries(OPERATION, receipts.len(), done, &answer.failed)
}

/// The request could not even be built.
pub(super) fn unsent(operation: &'static str, error: &dyn std::error::Error) -> ServiceError {
    ServiceError::of(ErrorKind::Refused, operation, error.to_string())
}

/// SQS counts in whole seconds; what is less than one is none.
pub(super) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

pub(super) fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
