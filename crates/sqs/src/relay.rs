//! Queues of SQS for a relay: each opened when the first message for it comes.

use outbound::relay::port::Queues;
use shared::error::{ErrorKind, ServiceError};
use shared::queue::QueueRef;

use crate::client::Sqs;
use crate::lookup::QueueError;
use crate::send_port::SqsSendPort;

/// The queues of the account and region in use, and others by their URLs.
#[derive(Debug)]
pub struct SqsQueues(Sqs);

impl SqsQueues {
    /// Those that are reached so.
    pub fn new(sqs: Sqs) -> Self {
        Self(sqs)
    }
}

impl Queues for SqsQueues {
    type Port = SqsSendPort;

    async fn open(&self, queue: &str) -> Result<SqsSendPort, ServiceError> {
        SqsSendPort::open(&self.0, &QueueRef::of(queue)).await.map_err(|error| fault(queue, error))
    }
}

fn fault(queue: &str, error: QueueError) -> ServiceError {
    const OPERATION: &str = "GetQueueUrl";
    match error {
        QueueError::NoSuchQueue(_) => {
            let text = format!("there is no queue {queue} in this account and region");
            ServiceError::of(ErrorKind::NoSuchQueue, OPERATION, text)
        }
        QueueError::Bad(bad) => ServiceError::of(ErrorKind::Refused, OPERATION, bad.to_string()),
        QueueError::Denied(fault) | QueueError::Refused(fault) | QueueError::Unavailable(fault) => fault,
    }
}
