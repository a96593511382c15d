//! Finds the queue that was asked for, and says why it cannot be used.

use aws_sdk_sqs::Client;
use shared::error::{ErrorKind, ServiceError};
use shared::queue::{BadQueue, QueueRef};

use crate::error::service_error;

/// The queue that was asked for cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It is not there.
    #[error("there is no queue {0} in this account and region")]
    NoSuchQueue(String),
    /// What was asked for can be no queue.
    #[error(transparent)]
    Bad(#[from] BadQueue),
    /// The account may not.
    #[error("access to the queue was denied: {remedy} ({0})", remedy = .0.remedy())]
    Denied(ServiceError),
    /// SQS answered, and will not.
    #[error("SQS refuses: {remedy} ({0})", remedy = .0.remedy())]
    Refused(ServiceError),
    /// SQS did not answer, or not as it should.
    #[error("SQS is away: {remedy} ({0})", remedy = .0.remedy())]
    Unavailable(ServiceError),
}

impl QueueError {
    /// What `fault` means for the queue called `name`.
    pub fn new(name: &str, fault: ServiceError) -> Self {
        match fault.kind {
            ErrorKind::NoSuchQueue => Self::NoSuchQueue(name.to_owned()),
            ErrorKind::Denied => Self::Denied(fault),
            ErrorKind::Refused => Self::Refused(fault),
            ErrorKind::Unavailable => Self::Unavailable(fault),
        }
    }

    /// Whether no time mends it: another URL or name has to be given.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Bad(_))
    }

    /// Whether another URL or name may be what is needed.
    pub fn is_of_name(&self) -> bool {
        matches!(self, Self::NoSuchQueue(_) | Self::Bad(BadQueue::Url(_) | BadQueue::Name(_)))
    }

    /// Whether it should pass by itself.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// The queue's URL; a name is looked up.
///
/// # Errors
/// Returns an error if it can be no queue's, or the look-up fails.
///
/// # Cancel safety
/// Safe.
pub async fn url_of(queue: &QueueRef, client: &Client) -> Result<String, QueueError> {
    queue.check()?;
    match queue {
        QueueRef::Url(url) => Ok(url.clone()),
        QueueRef::Name(name) => look_up(name, client).await,
    }
}

async fn look_up(name: &str, client: &Client) -> Result<String, QueueError> {
    let answer = client.get_queue_url().queue_name(name).send().await;
    let answer = answer.map_err(|error| QueueError::new(name, service_error("GetQueueUrl", &error)))?;
    answer.queue_url.ok_or_else(|| QueueError::NoSuchQueue(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_time_mends_has_to_be_changed_first() {
        let of = |kind| QueueError::new("q", ServiceError::of(kind, "X", ""));
        assert!(ErrorKind::ALL.into_iter().all(|kind| !of(kind).is_usage()));
        assert!(of(ErrorKind::Unavailable).is_passing() && !of(ErrorKind::Denied).is_passing());
        assert!(QueueError::from(BadQueue::Name("ü".into())).is_usage());
    }
}
