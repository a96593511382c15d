//! The queue's redrive policy: where what it gives up goes, and after how many receives.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::Deserialize;
use shared::fault::Fault;
use shared::queue::QueueError;

/// A dead-letter queue.
#[derive(Debug)]
pub(super) struct DeadLetters {
    pub(super) url: String,
    pub(super) max_receive_count: u32,
}

/// As SQS has it in the queue's attributes. Numbers come as numbers or as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

impl DeadLetters {
    /// Those of the queue at `url`; `None` where it has none.
    pub(super) async fn of(url: &str, client: &Client) -> Result<Option<Self>, QueueError> {
        let dead_letters = match RedrivePolicy::of(url, client).await? {
            Some(policy) => Some(Self {
                url: look_up(&policy.dead_letter_target_arn, url, client).await?,
                max_receive_count: policy.max_receive_count(),
            }),
            None => None,
        };
        warn_of_short_budget(dead_letters.as_ref());
        Ok(dead_letters)
    }
}

impl RedrivePolicy {
    pub(super) async fn of(url: &str, client: &Client) -> Result<Option<Self>, QueueError> {
        let ask = client.get_queue_attributes().queue_url(url);
        let answer = ask.attribute_names(QueueAttributeName::RedrivePolicy).send().await;
        let fault = |error| QueueError::new(url, Fault::new("GetQueueAttributes", &error));
        let attributes = answer.map_err(fault)?.attributes.unwrap_or_default();
        Ok(Self::read(&attributes))
    }

    /// The one among a queue's attributes; `None` where there is none, or none that can be read.
    pub(super) fn read(attributes: &HashMap<QueueAttributeName, String>) -> Option<Self> {
        serde_json::from_str(attributes.get(&QueueAttributeName::RedrivePolicy)?).ok()
    }

    pub(super) fn max_receive_count(&self) -> u32 {
        let most = &self.max_receive_count;
        let most = most.as_u64().or_else(|| most.as_str()?.parse().ok());
        most.and_then(|most| most.try_into().ok()).unwrap_or(u32::MAX)
    }
}

/// The URL of the queue that `arn`, in the redrive policy of `source`, names.
pub(super) async fn look_up(arn: &str, source: &str, client: &Client) -> Result<String, QueueError> {
    let mut parts = arn.rsplit(':');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next());
    let ask = client.get_queue_url().queue_name(name);
    let answer = ask.set_queue_owner_aws_account_id(account.map(str::to_owned)).send().await;
    let fault = |error| QueueError::new(source, Fault::new("GetQueueUrl", &error));
    answer.map_err(fault)?.queue_url.ok_or_else(|| QueueError::NoSuchQueue(name.to_owned()))
}

/// Kills and restarts spend receives, too.
fn warn_of_short_budget(dead_letters: Option<&DeadLetters>) {
    match dead_letters {
        None => tracing::warn!(
            "the queue has no dead-letter queue: what can never be stored comes again until its retention ends"
        ),
        Some(DeadLetters { max_receive_count, .. }) if *max_receive_count < 5 => tracing::warn!(
            max_receive_count,
            "the queue gives messages up after few receives: restarts alone may spend them; set 10 or more"
        ),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_may_be_a_number_or_text() {
        for text in [
            r#"{"deadLetterTargetArn":"a","maxReceiveCount":7}"#,
            r#"{"maxReceiveCount":"7","deadLetterTargetArn":"a"}"#,
        ] {
            assert_eq!(serde_json::from_str::<RedrivePolicy>(text).unwrap().max_receive_count(), 7);
        }
    }
}
