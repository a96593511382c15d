//! What went wrong with a call to SQS: the one place that reads the SDK's errors.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// What a failed call means for whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No answer, or one that says "later".
    Away,
    /// Anything that is not one of the others: the request itself was refused.
    Refused,
    /// The credentials are wrong, stale, or lack the right.
    Denied,
    /// There is no such queue.
    NoSuchQueue,
}

/// A call that failed as a whole.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {text}")]
pub struct Fault {
    /// What it means.
    pub kind: Kind,
    /// The API's name for the call.
    pub operation: &'static str,
    /// The service's or the network's own words, in one line.
    pub text: String,
}

impl Kind {
    /// All there are, in their order.
    pub const ALL: [Self; 4] = [Self::Away, Self::Refused, Self::Denied, Self::NoSuchQueue];

    /// In a word to count and to filter by.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSuchQueue => "no_such_queue",
            Self::Denied => "denied",
            Self::Away => "away",
            Self::Refused => "refused",
        }
    }
}

impl Fault {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        format!("check the right to sqs:{}", self.operation.trim_end_matches("Batch"))
    }

    /// Reads the error that `operation` ended with.
    pub fn new<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: Debug + 'static,
    {
        let SdkError::ServiceError(answer) = error else {
            return Self { kind: Kind::Away, operation, text: one_line(&chain(error)) };
        };
        let (code, message) = (answer.err().code(), answer.err().message());
        let kind = code.map_or(Kind::Away, kind_of);
        let text = format!("{} ({})", message.unwrap_or("no reason given"), code.unwrap_or("no code"));
        Self { kind, operation, text: one_line(&text) }
    }
}

/// Sorts the codes of the JSON and of the older query protocol.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
fn kind_of(code: &str) -> Kind {
    const DENIED: [&str; 9] = [
        "AccessDenied",
        "ExpiredToken",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClient",
    ];
    const AWAY: [&str; 8] = [
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OverLimit",
        "RequestExpired",
        "ServiceUnavailable",
        "SlowDown",
        "Throttl",
    ];
    let says = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if code.contains("NonExistentQueue") || code.contains("QueueDoesNotExist") {
        Kind::NoSuchQueue
    } else if says(&DENIED) {
        Kind::Denied
    } else if says(&AWAY) {
        Kind::Away
    } else {
        Kind::Refused
    }
}

/// Nobody's words may begin a line of ours, or steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The error and its causes in one line; the SDK's `Display` alone says "dispatch failure".
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_at_its_place() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{}", kind.word());
        }
    }

    #[test]
    fn both_protocols_names_of_a_missing_queue_are_known() {
        for code in ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"] {
            assert_eq!(kind_of(code), Kind::NoSuchQueue);
        }
    }

    #[test]
    fn denied_away_and_refused_are_told_apart() {
        assert_eq!(kind_of("AccessDeniedException"), Kind::Denied);
        assert_eq!(kind_of("RequestThrottled"), Kind::Away);
        assert_eq!(kind_of("ThrottlingException"), Kind::Away);
        assert_eq!(kind_of("InvalidParameterValue"), Kind::Refused);
    }
}
