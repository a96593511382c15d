//! Which actions are allowed, found out without doing any of them.
//!
//! Every call here asks for something that cannot be done: SQS refuses it, and says whether for
//! want of the right. Nothing is received, as a receive counts; nothing is sent or deleted, also
//! not by servers that are less strict than SQS.
//!
//! A batch call is answered entry by entry once it was let in as a whole, so an entry that failed
//! shows that the action is allowed: one right covers the action and its batch. A receive has no
//! batch, and entries of a send could be taken by a careless server: both are refused as a whole.
//! AWS does not document whether it looks at rights or at parameters first, so there the answer is
//! at best "not refused".
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_BatchResultErrorEntry.html>

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as VisibilityEntry,
    DeleteMessageBatchRequestEntry as DeleteEntry,
};
use shared::error::{ErrorKind, ServiceError};

use crate::error::service_error;

/// Not the receipt of any message.
const NO_RECEIPT: &str = "consumer-doctor";

/// Whether an action is allowed.
#[derive(Clone, Debug)]
pub enum Permission {
    /// The call was let in.
    Allowed,
    /// The call was refused, and not for want of the right.
    NotRefused,
    /// The right is missing.
    Denied(ServiceError),
    /// There was no answer to tell from.
    Unknown(ServiceError),
}

impl Permission {
    fn of<T>(answer: Result<T, ServiceError>) -> Self {
        match answer {
            Ok(_) => Self::Allowed,
            Err(fault) => match fault.kind {
                ErrorKind::Refused => Self::NotRefused,
                ErrorKind::Denied => Self::Denied(fault),
                ErrorKind::Unavailable | ErrorKind::NoSuchQueue => Self::Unknown(fault),
            },
        }
    }
}

/// `sqs:ReceiveMessage`. Two parameters are out of range, so that a server must be careless twice
/// to hand anything out. Not just any are: LocalStack takes 0 messages for 1, and -1 for all.
pub(super) async fn receive(url: &str, client: &Client) -> Permission {
    let ask = client.receive_message().queue_url(url).max_number_of_messages(11).wait_time_seconds(-1);
    // What a careless server hands out goes back at once.
    let answer = ask.visibility_timeout(0).send().await;
    Permission::of(answer.map_err(|error| service_error("ReceiveMessage", &error)))
}

/// `sqs:DeleteMessage`.
pub(super) async fn delete(url: &str, client: &Client) -> Permission {
    const OPERATION: &str = "DeleteMessageBatch";
    let entry = match DeleteEntry::builder().id("0").receipt_handle(NO_RECEIPT).build() {
        Ok(entry) => entry,
        Err(error) => return unsent(OPERATION, &error),
    };
    let answer = client.delete_message_batch().queue_url(url).entries(entry).send().await;
    Permission::of(answer.map_err(|error| service_error(OPERATION, &error)))
}

/// `sqs:ChangeMessageVisibility`.
pub(super) async fn change_visibility(url: &str, client: &Client) -> Permission {
    const OPERATION: &str = "ChangeMessageVisibilityBatch";
    let entry = VisibilityEntry::builder().id("0").receipt_handle(NO_RECEIPT).visibility_timeout(0);
    let entry = match entry.build() {
        Ok(entry) => entry,
        Err(error) => return unsent(OPERATION, &error),
    };
    let answer = client.change_message_visibility_batch().queue_url(url).entries(entry).send().await;
    Permission::of(answer.map_err(|error| service_error(OPERATION, &error)))
}

/// `sqs:SendMessage`. A batch without entries is refused by every server, and sends nothing where
/// one takes it.
pub(super) async fn send(url: &str, client: &Client) -> Permission {
    let answer = client.send_message_batch().queue_url(url).set_entries(Some(Vec::new())).send().await;
    Permission::of(answer.map_err(|error| service_error("SendMessageBatch", &error)))
}

fn unsent(operation: &'static str, error: &BuildError) -> Permission {
    Permission::Unknown(ServiceError::of(ErrorKind::Refused, operation, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_for_want_of_the_right_is_told_from_any_other() {
        let right = |kind| Permission::of::<()>(Err(ServiceError::of(kind, "", String::new())));
        assert!(matches!(right(ErrorKind::Refused), Permission::NotRefused));
        assert!(matches!(right(ErrorKind::Denied), Permission::Denied(_)));
        assert!(matches!(right(ErrorKind::Unavailable), Permission::Unknown(_)));
        assert!(matches!(Permission::of(Ok(())), Permission::Allowed));
    }
}
