//! The queue's redrive policy, as it is now: where what it gives up goes, and after how many receives.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::Deserialize;
use shared::error::{ErrorKind, ServiceError};
use shared::queue::name_in;

use crate::error::service_error;
use crate::lookup::QueueError;

/// Where a queue gives up to, as last read.
#[derive(Debug, Default)]
pub(super) struct DeadLetters(RwLock<Option<Arc<Target>>>);

/// A dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    arn: String,
    pub(super) url: String,
    pub(super) max_receive_count: u32,
}

/// As SQS has it in the queue's attributes. Numbers come as numbers or as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

impl DeadLetters {
    /// Those of the queue at `url`.
    ///
    /// # Errors
    /// Where the policy may not be read, or the dead-letter queue is not there.
    pub(super) async fn of(url: &str, client: &Client) -> Result<Self, QueueError> {
        let policy = RedrivePolicy::of(url, client).await.map_err(|fault| QueueError::new(url, fault))?;
        let target = match policy {
            Some(policy) => {
                let name = format!("{}, which the redrive policy of {url} names", policy.name());
                let target = policy.target(None, client).await;
                Some(Arc::new(target.map_err(|fault| QueueError::new(&name, fault))?))
            }
            None => None,
        };
        warn_of_short_budget(target.as_deref());
        Ok(Self(RwLock::new(target)))
    }

    /// The dead-letter queue; `None` where there is none.
    pub(super) fn known(&self) -> Option<Arc<Target>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the policy again, and logs what has changed.
    ///
    /// # Errors
    /// As [`of`](Self::of). What was known stays known.
    pub(super) async fn refresh(&self, url: &str, client: &Client) -> Result<(), ServiceError> {
        let target = match RedrivePolicy::of(url, client).await? {
            Some(policy) => Some(Arc::new(policy.target(self.known().as_deref(), client).await?)),
            None => None,
        };
        self.learn(target.as_ref());
        Ok(())
    }

    fn learn(&self, target: Option<&Arc<Target>>) {
        let before = {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, target.cloned())
        };
        if before.as_ref() == target {
            return;
        }
        let (before, now) = (described(before.as_deref()), described(target.map(AsRef::as_ref)));
        tracing::warn!(before, now, "the queue's redrive policy has changed");
        warn_of_short_budget(target.map(AsRef::as_ref));
    }
}

impl RedrivePolicy {
    /// That of the queue at `url`; `None` where it gives nothing up.
    pub(super) async fn of(url: &str, client: &Client) -> Result<Option<Self>, ServiceError> {
        let ask = client.get_queue_attributes().queue_url(url);
        let answer = ask.attribute_names(QueueAttributeName::RedrivePolicy).send().await;
        let answer = answer.map_err(|error| service_error("GetQueueAttributes", &error))?;
        Ok(Self::read(&answer.attributes.unwrap_or_default()))
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

    /// The dead-letter queue. One that is `known` is not looked up again: its count is news even where
    /// the queue is gone.
    async fn target(self, known: Option<&Target>, client: &Client) -> Result<Target, ServiceError> {
        let max_receive_count = self.max_receive_count();
        let arn = self.dead_letter_target_arn;
        let url = match known.filter(|known| known.arn == arn) {
            Some(known) => known.url.clone(),
            None => look_up(&arn, client).await?,
        };
        Ok(Target { arn, url, max_receive_count })
    }

    /// The dead-letter queue's name.
    pub(super) fn name(&self) -> &str {
        self.dead_letter_target_arn.rsplit(':').next().unwrap_or_default()
    }
}

/// The URL of the queue that `arn`, in a redrive policy, names.
pub(super) async fn look_up(arn: &str, client: &Client) -> Result<String, ServiceError> {
    const OPERATION: &str = "GetQueueUrl";
    let mut parts = arn.rsplit(':');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next());
    let ask = client.get_queue_url().queue_name(name);
    let answer = ask.set_queue_owner_aws_account_id(account.map(str::to_owned)).send().await;
    let url = answer.map_err(|error| service_error(OPERATION, &error))?.queue_url;
    url.ok_or_else(|| ServiceError::of(ErrorKind::NoSuchQueue, OPERATION, format!("no URL for {name}")))
}

fn described(target: Option<&Target>) -> String {
    target.map_or_else(
        || "no dead-letter queue".to_owned(),
        |target| format!("{} after {} receives", name_in(&target.url), target.max_receive_count),
    )
}

/// Kills and restarts spend receives, too.
fn warn_of_short_budget(target: Option<&Target>) {
    match target {
        None => tracing::warn!(
            "the queue has no dead-letter queue: what can never be stored comes again until its retention ends"
        ),
        Some(Target { max_receive_count, .. }) if *max_receive_count < 5 => tracing::warn!(
            max_receive_count,
            "the queue gives messages up after few receives: restarts alone may spend them; set 10 or more"
        ),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, max_receive_count: u32) -> Target {
        Target {
            arn: format!("arn:aws:sqs:r:0:{name}"),
            url: format!("http://h/0/{name}"),
            max_receive_count,
        }
    }

    #[test]
    fn the_count_may_be_a_number_or_text() {
        for text in [
            r#"{"deadLetterTargetArn":"a:b","maxReceiveCount":7}"#,
            r#"{"maxReceiveCount":"7","deadLetterTargetArn":"a:b"}"#,
        ] {
            let policy = serde_json::from_str::<RedrivePolicy>(text).unwrap();
            assert_eq!((policy.max_receive_count(), policy.name()), (7, "b"));
        }
    }

    #[test]
    fn what_was_learnt_last_is_known() {
        let dead_letters = DeadLetters::default();
        for learnt in [Some(target("a", 10)), Some(target("a", 3)), Some(target("b", 3)), None] {
            let learnt = learnt.map(Arc::new);
            dead_letters.learn(learnt.as_ref());
            assert_eq!(dead_letters.known(), learnt);
        }
    }

    #[test]
    fn a_policy_is_told_in_a_few_words() {
        assert_eq!(described(Some(&target("orders-dlq", 10))), "orders-dlq after 10 receives");
        assert_eq!(described(None), "no dead-letter queue");
    }
}
