//! How many messages a queue has, as far as SQS says: it only estimates.

use std::collections::HashMap;
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
    /// That of the queue at `url`; `None` where the server does not say.
    pub(super) async fn of(url: &str, client: &Client) -> Result<Option<Self>, Fault> {
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let ask = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        let answer = ask.send().await.map_err(|error| Fault::new("GetQueueAttributes", &error))?;
        Ok(Self::read(&answer.attributes.unwrap_or_default()))
    }

    /// What is not delayed anywhere need not be said.
    fn read(attributes: &HashMap<Name, String>) -> Option<Self> {
        let number = |name| attributes.get(&name)?.parse().ok();
        Some(Self {
            waiting: number(Name::ApproximateNumberOfMessages)?,
            in_flight: number(Name::ApproximateNumberOfMessagesNotVisible)?,
            delayed: number(Name::ApproximateNumberOfMessagesDelayed).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_said_is_not_taken_for_none() {
        let said =
            |names: &[Name]| Depth::read(&names.iter().map(|name| (name.clone(), "3".to_owned())).collect());
        let (waiting, in_flight) =
            (Name::ApproximateNumberOfMessages, Name::ApproximateNumberOfMessagesNotVisible);
        assert_eq!(said(&[waiting.clone(), in_flight]), Some(Depth { waiting: 3, in_flight: 3, delayed: 0 }));
        assert_eq!((said(&[waiting]), said(&[])), (None, None));
    }
}
