//! Asks SQS how many messages a queue has.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use engine::depth::Depth;
use shared::error::ServiceError;

use crate::error::service_error;

/// The depth of the queue at `url`; `None` where the server does not say.
pub(crate) async fn depth_of(url: &str, client: &Client) -> Result<Option<Depth>, ServiceError> {
    let names = [
        Name::ApproximateNumberOfMessages,
        Name::ApproximateNumberOfMessagesNotVisible,
        Name::ApproximateNumberOfMessagesDelayed,
    ];
    let ask = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let answer = ask.send().await.map_err(|error| service_error("GetQueueAttributes", &error))?;
    Ok(read(&answer.attributes.unwrap_or_default()))
}

/// What is not delayed anywhere need not be said.
fn read(attributes: &HashMap<Name, String>) -> Option<Depth> {
    let number = |name| attributes.get(&name)?.parse().ok();
    Some(Depth {
        waiting: number(Name::ApproximateNumberOfMessages)?,
        in_flight: number(Name::ApproximateNumberOfMessagesNotVisible)?,
        delayed: number(Name::ApproximateNumberOfMessagesDelayed).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_said_is_not_taken_for_none() {
        let said = |names: &[Name]| read(&names.iter().map(|name| (name.clone(), "3".to_owned())).collect());
        let (waiting, in_flight) =
            (Name::ApproximateNumberOfMessages, Name::ApproximateNumberOfMessagesNotVisible);
        assert_eq!(said(&[waiting.clone(), in_flight]), Some(Depth { waiting: 3, in_flight: 3, delayed: 0 }));
        assert_eq!((said(&[waiting]), said(&[])), (None, None));
    }
}
