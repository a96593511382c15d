//! Looks at a queue and its dead-letter queue: receives, sends and changes nothing.

pub mod attributes;
pub mod permissions;

mod observer;

use std::time::Duration;

use aws_sdk_sqs::Client;
use shared::error::{ErrorKind, ServiceError};
use shared::queue::QueueRef;

use crate::client::{Calls, Sqs};
use crate::lookup::{QueueError, url_of};
use crate::redrive_policy;
use attributes::{Attributes, Redrive};
use observer::Observer;
use permissions::Permission;

/// One try each: whoever waits for a verdict repeats the whole.
const CALLS: Calls = Calls { budget: "inspect", attempts: 1, attempt_timeout: Duration::from_secs(5) };

/// What can be learned about a queue from outside.
#[derive(Debug)]
pub struct QueueFacts {
    /// Scheme, host and port that calls went to; `None` where there was no call.
    pub endpoint: Option<String>,
    /// Seconds that SQS's clock is ahead of this host's; negative: behind.
    pub ahead: Option<i64>,
    /// The queue.
    pub queue: Result<QueueSeen, QueueError>,
}

/// A queue that is there.
#[derive(Debug)]
pub struct QueueSeen {
    /// Its URL.
    pub url: String,
    /// Its attributes.
    pub attributes: Result<Attributes, ServiceError>,
    /// `sqs:ReceiveMessage`.
    pub receive: Permission,
    /// `sqs:DeleteMessage`.
    pub delete: Permission,
    /// `sqs:ChangeMessageVisibility`.
    pub change_visibility: Permission,
    /// Its dead-letter queue; `None` where it names none.
    pub dead_letters: Option<DeadLetterFacts>,
}

/// A dead-letter queue that a redrive policy names.
#[derive(Debug)]
pub struct DeadLetterFacts {
    /// The policy.
    pub redrive: Redrive,
    /// Its URL, looked up.
    pub url: Result<String, QueueError>,
    /// Its attributes, which a consumer need not be allowed to read; `None` without a URL.
    pub attributes: Option<Result<Attributes, ServiceError>>,
    /// `sqs:SendMessage`; `None` without a URL.
    pub send: Option<Permission>,
}

/// Looks. Each call takes 5 s at the most.
pub async fn inspect(sqs: &Sqs, queue: &QueueRef) -> QueueFacts {
    let witness = Observer::default();
    let client = witness.on(&sqs.client(&CALLS));
    let queue = Box::pin(look(queue, &client)).await;
    let seen = witness.seen();
    QueueFacts { endpoint: seen.endpoint, ahead: seen.ahead, queue }
}

async fn look(queue: &QueueRef, client: &Client) -> Result<QueueSeen, QueueError> {
    let url = url_of(queue, client).await?;
    let attributes = match Attributes::of(&url, client).await {
        Err(fault) if matches!(fault.kind, ErrorKind::NoSuchQueue | ErrorKind::Unavailable) => {
            return Err(QueueError::new(&url, fault));
        }
        attributes => attributes,
    };
    let redrive = attributes.as_ref().ok().and_then(|attributes| attributes.redrive.as_ref());
    let (receive, delete, change_visibility, dead_letters) = tokio::join!(
        permissions::receive(&url, client),
        permissions::delete(&url, client),
        permissions::change_visibility(&url, client),
        dead_letters(redrive, client),
    );
    Ok(QueueSeen { url, attributes, receive, delete, change_visibility, dead_letters })
}

async fn dead_letters(redrive: Option<&Redrive>, client: &Client) -> Option<DeadLetterFacts> {
    let policy = redrive?.clone();
    let url =
        redrive_policy::look_up(&policy.to, client).await.map_err(|fault| QueueError::new(&policy.to, fault));
    let (attributes, send) = match &url {
        Ok(url) => {
            let (attributes, send) =
                tokio::join!(Attributes::of(url, client), permissions::send(url, client));
            (Some(attributes), Some(send))
        }
        Err(_) => (None, None),
    };
    Some(DeadLetterFacts { redrive: policy, url, attributes, send })
}
