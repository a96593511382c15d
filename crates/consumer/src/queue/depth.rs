//! How many messages a queue has, as far as SQS says: it only estimates.

use std::fmt;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde::Serialize;
use shared::fault::Fault;

/// Estimates; they lag behind by up to a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Can be received now.
    pub waiting: u64,
    /// Received by somebody, and not yet settled.
    pub in_flight: u64,
    /// Sent, and not to be received yet.
    pub delayed: u64,
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {} waiting, {} in flight, {} delayed", self.waiting, self.in_flight, self.delayed)
    }
}

impl Depth {
    pub(super) async fn of(url: &str, client: &Client) -> Result<Self, Fault> {
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let ask = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        let answer = ask.send().await.map_err(|error| Fault::new("GetQueueAttributes", &error))?;
        let answer = answer.attributes.unwrap_or_default();
        let [waiting, in_flight, delayed] =
            names.map(|name| answer.get(&name).and_then(|text| text.parse().ok()).unwrap_or(0));
        Ok(Self { waiting, in_flight, delayed })
    }
}
