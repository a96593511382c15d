//! Why a call failed, by SQS's codes: the one place that knows them and what to do about each.

use super::kind::ErrorKind;

/// Why a call failed, as far as it matters for what people do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There was no answer, or not all of it.
    Silence,
    /// Calls come too fast.
    Throttled,
    /// SQS itself fails.
    Unwell,
    /// The answer is not one that SQS gives.
    NotSqs,
    /// The signature is not valid: it is of another time, or made with another key.
    Signature,
    /// The credentials have expired.
    Expired,
    /// The credentials are not known.
    Credentials,
    /// The credentials are known, and lack the right.
    Permission,
    /// The queue's key of KMS cannot be used.
    Key,
    /// There is no such queue.
    NoSuchQueue,
    /// The request itself was refused.
    Request,
}

/// Parts of codes, of the JSON and of the older query protocol; the first that fits decides.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const CODES: [(&str, Cause); 25] = [
    ("NonExistentQueue", Cause::NoSuchQueue),
    ("QueueDoesNotExist", Cause::NoSuchQueue),
    ("Throttl", Cause::Throttled),
    ("OverLimit", Cause::Throttled),
    ("SlowDown", Cause::Throttled),
    ("TooManyRequests", Cause::Throttled),
    ("Kms", Cause::Key),
    ("RequestExpired", Cause::Signature),
    ("InvalidSignature", Cause::Signature),
    ("SignatureDoesNotMatch", Cause::Signature),
    ("RequestTimeTooSkewed", Cause::Signature),
    ("ExpiredToken", Cause::Expired),
    ("TokenRefreshRequired", Cause::Expired),
    ("AccessDenied", Cause::Permission),
    ("NotAuthorized", Cause::Permission),
    ("IncompleteSignature", Cause::Credentials),
    ("InvalidClientTokenId", Cause::Credentials),
    ("InvalidSecurity", Cause::Credentials),
    ("MissingAuthenticationToken", Cause::Credentials),
    ("OptInRequired", Cause::Credentials),
    ("UnrecognizedClient", Cause::Credentials),
    ("InternalError", Cause::Unwell),
    ("InternalFailure", Cause::Unwell),
    ("InternalServerError", Cause::Unwell),
    ("ServiceUnavailable", Cause::Unwell),
];

impl Cause {
    /// What an error with this code, in an answer with this status, comes from.
    pub fn of_code(code: &str, status: u16) -> Self {
        let known = CODES.iter().find(|(part, _)| code.contains(part));
        match known {
            Some((_, cause)) => *cause,
            None if status >= 500 => Self::Unwell,
            None => Self::Request,
        }
    }

    /// What an answer without a code, or one that cannot be read, comes from.
    pub fn of_status(status: u16) -> Self {
        match status {
            429 => Self::Throttled,
            500.. => Self::Unwell,
            _ => Self::NotSqs,
        }
    }

    /// What it means for the program. An answer that is not SQS's is none: a proxy on the way may
    /// have given it.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Silence | Self::Throttled | Self::Unwell | Self::NotSqs => ErrorKind::Unavailable,
            Self::Signature | Self::Expired | Self::Credentials | Self::Permission => ErrorKind::Denied,
            Self::NoSuchQueue => ErrorKind::NoSuchQueue,
            Self::Key | Self::Request => ErrorKind::Refused,
        }
    }

    /// What to do where `operation` failed for it.
    pub(super) fn remedy(self, operation: &str) -> String {
        let remedy = match self {
            Self::Silence => "check the network, AWS_REGION and AWS_ENDPOINT_URL",
            Self::Throttled => {
                "SQS limits the rate of calls: if that lasts, run fewer consumers or raise the account's quota"
            }
            Self::Unwell => "SQS itself fails, which should pass: see https://health.aws.amazon.com",
            Self::NotSqs => "check AWS_ENDPOINT_URL and proxies on the way: is this an SQS endpoint?",
            Self::Signature => "check this host's clock, such as by NTP, and the secret access key",
            Self::Expired => "renew the credentials, such as by a new log-in",
            Self::Credentials => {
                "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the host's role"
            }
            Self::Permission => {
                let action = operation.trim_end_matches("Batch");
                return format!("allow sqs:{action}, in the policy of the role or of the queue");
            }
            Self::Key => {
                "check the queue's encryption key: that it is enabled and its policy lets this role use it"
            }
            Self::NoSuchQueue => "check that the queue is there, and AWS_REGION",
            Self::Request => "mend what SQS objects to, such as a setting of the queue",
        };
        remedy.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_what_the_program_does_and_what_people_do() {
        let cases = [
            ("AWS.SimpleQueueService.NonExistentQueue", ErrorKind::NoSuchQueue, "AWS_REGION"),
            ("QueueDoesNotExist", ErrorKind::NoSuchQueue, "AWS_REGION"),
            ("AccessDeniedException", ErrorKind::Denied, "allow sqs:DeleteMessage,"),
            ("InvalidSignatureException", ErrorKind::Denied, "clock"),
            ("SignatureDoesNotMatch", ErrorKind::Denied, "clock"),
            ("RequestExpired", ErrorKind::Denied, "clock"),
            ("ExpiredTokenException", ErrorKind::Denied, "renew"),
            ("UnrecognizedClientException", ErrorKind::Denied, "AWS_ACCESS_KEY_ID"),
            ("RequestThrottled", ErrorKind::Unavailable, "rate"),
            ("ThrottlingException", ErrorKind::Unavailable, "rate"),
            ("KmsThrottled", ErrorKind::Unavailable, "rate"),
            ("KmsAccessDenied", ErrorKind::Refused, "encryption key"),
            ("InternalFailure", ErrorKind::Unavailable, "health"),
            ("InvalidParameterValue", ErrorKind::Refused, "objects"),
        ];
        for (code, kind, advice) in cases {
            let cause = Cause::of_code(code, 400);
            let remedy = cause.remedy("DeleteMessageBatch");
            assert!(cause.kind() == kind && remedy.contains(advice), "{code}: {cause:?} {remedy}");
        }
    }

    #[test]
    fn only_what_is_about_a_key_sends_people_to_keys() {
        let named = CODES.iter().filter(|(_, cause)| cause.remedy("X").contains("encryption key"));
        assert_eq!(named.map(|(code, _)| *code).collect::<Vec<_>>(), ["Kms"]);
    }

    #[test]
    fn an_answer_without_a_code_is_judged_by_its_status() {
        let causes = [404, 415, 200, 429, 500, 503].map(Cause::of_status);
        let (not_sqs, throttled, unwell) = (Cause::NotSqs, Cause::Throttled, Cause::Unwell);
        assert_eq!(causes, [not_sqs, not_sqs, not_sqs, throttled, unwell, unwell]);
        assert_eq!((Cause::of_code("New", 500), Cause::of_code("New", 400)), (unwell, Cause::Request));
    }
}
