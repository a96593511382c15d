//! A queue's attributes, in the crate's words.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde::Deserialize;
use shared::error::ServiceError;

use crate::error::service_error;
use crate::redrive_policy::RedrivePolicy;

/// What SQS says of a queue; `None` where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `arn:aws:sqs:region:account:name`.
    pub arn: String,
    /// How it keeps an order; `None`: it is a standard queue.
    pub fifo: Option<Fifo>,
    /// How long each message waits before it can be received.
    pub delay: Option<Duration>,
    /// After which a message is gone.
    pub retention: Option<Duration>,
    /// The most bytes of a message.
    pub max_bytes: Option<usize>,
    /// Messages on it that nobody holds.
    pub messages: Option<u64>,
    /// Where messages go that it gives up.
    pub redrive: Option<Redrive>,
    /// Whose dead letters it takes.
    pub sources: Sources,
    /// How messages are kept.
    pub encryption: Encryption,
}

/// What is said of a FIFO queue beside what any queue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fifo {
    /// Whether a deduplication id counts within its group, rather than on the whole queue.
    pub deduplicates_by_group: bool,
    /// Whether the limit of calls is for each group, rather than for the whole queue.
    pub is_limited_by_group: bool,
}

/// A redrive policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's ARN.
    pub to: String,
    /// After so many receives.
    pub max_receive_count: u32,
}

/// A redrive-allow policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sources {
    /// Any queue of the account; also where nothing is said.
    #[default]
    All,
    /// None.
    None,
    /// These ARNs.
    Only(Vec<String>),
}

/// Encryption at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Not encrypted.
    #[default]
    None,
    /// With a key of SQS's own.
    Sqs,
    /// With this key of KMS.
    Kms(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveAllowPolicy {
    redrive_permission: String,
    #[serde(default)]
    source_queue_arns: Vec<String>,
}

impl Attributes {
    /// Those of the queue at `url`.
    pub(super) async fn of(url: &str, client: &Client) -> Result<Self, ServiceError> {
        let ask = client.get_queue_attributes().queue_url(url).attribute_names(Name::All);
        let answer = ask.send().await.map_err(|error| service_error("GetQueueAttributes", &error))?;
        Ok(Self::read(&answer.attributes.unwrap_or_default()))
    }

    fn read(attributes: &HashMap<Name, String>) -> Self {
        let text = |name| attributes.get(&name).cloned();
        let number = |name| text(name).and_then(|text| text.parse().ok());
        let is = |name| text(name).as_deref() == Some("true");
        let redrive = RedrivePolicy::read(attributes).map(|policy| Redrive {
            max_receive_count: policy.max_receive_count(),
            to: policy.dead_letter_target_arn,
        });
        Self {
            arn: text(Name::QueueArn).unwrap_or_default(),
            fifo: is(Name::FifoQueue).then(|| Fifo {
                deduplicates_by_group: text(Name::DeduplicationScope).as_deref() == Some("messageGroup"),
                is_limited_by_group: text(Name::FifoThroughputLimit).as_deref() == Some("perMessageGroupId"),
            }),
            delay: number(Name::DelaySeconds).map(Duration::from_secs),
            retention: number(Name::MessageRetentionPeriod).map(Duration::from_secs),
            max_bytes: number(Name::MaximumMessageSize).and_then(|bytes| bytes.try_into().ok()),
            messages: number(Name::ApproximateNumberOfMessages),
            redrive,
            sources: sources(text(Name::RedriveAllowPolicy).as_deref()),
            encryption: match text(Name::KmsMasterKeyId) {
                Some(key) if !key.is_empty() => Encryption::Kms(key),
                _ if is(Name::SqsManagedSseEnabled) => Encryption::Sqs,
                _ => Encryption::None,
            },
        }
    }
}

fn sources(policy: Option<&str>) -> Sources {
    let policy = policy.and_then(|text| serde_json::from_str::<RedriveAllowPolicy>(text).ok());
    match policy {
        Some(policy) if policy.redrive_permission == "denyAll" => Sources::None,
        Some(policy) if policy.redrive_permission == "byQueue" => Sources::Only(policy.source_queue_arns),
        _ => Sources::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_and_those_that_are_missing_are_not_made_up() {
        let said = [
            (Name::MessageRetentionPeriod, "345600"),
            (Name::MaximumMessageSize, "262144"),
            (Name::RedrivePolicy, r#"{"deadLetterTargetArn":"arn:d","maxReceiveCount":10}"#),
            (Name::SqsManagedSseEnabled, "true"),
        ];
        let read = Attributes::read(&said.map(|(name, text)| (name, text.to_owned())).into());
        assert_eq!((read.retention, read.max_bytes), (Some(Duration::from_hours(96)), Some(262_144)));
        assert_eq!(read.redrive, Some(Redrive { to: "arn:d".into(), max_receive_count: 10 }));
        assert_eq!((read.encryption, read.delay, read.messages), (Encryption::Sqs, None, None));
    }

    #[test]
    fn a_redrive_allow_policy_says_whose_dead_letters_are_taken() {
        assert_eq!(sources(None), Sources::All);
        assert_eq!(sources(Some(r#"{"redrivePermission":"allowAll"}"#)), Sources::All);
        assert_eq!(sources(Some(r#"{"redrivePermission":"denyAll"}"#)), Sources::None);
        let by_queue = r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:a"]}"#;
        assert_eq!(sources(Some(by_queue)), Sources::Only(vec!["arn:a".into()]));
    }
}
