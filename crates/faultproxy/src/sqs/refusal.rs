//! Errors as AWS words them in its JSON protocol.

use hyper::http::response::Builder;
use serde_json::json;

use super::envelope::Answer;
use super::fault::Fault;

/// An error answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    namespace: &'static str,
    /// As the JSON protocol names it.
    kind: &'static str,
    /// As the older query protocol names it; SDKs go by this where it is given.
    pub(super) code: Option<&'static str>,
    pub(super) message: &'static str,
}

const SQS: &str = "com.amazonaws.sqs";
const CORAL: &str = "com.amazon.coral.service";

/// The receipt handle is not the newest.
pub(super) const STALE_DELETE: Refusal = Refusal::new(
    400,
    "ReceiptHandleIsInvalid",
    "The input receipt handle is not the newest one of its message.",
);

/// The message is not in flight under this receipt handle.
pub(super) const STALE_CHANGE: Refusal = Refusal {
    code: Some("InvalidParameterValue"),
    ..Refusal::new(
        400,
        "InvalidParameterValueException",
        "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not \
         available for visibility timeout change.",
    )
};

impl Refusal {
    /// How `fault` refuses a call, if it does.
    pub(super) fn of(fault: &Fault) -> Option<Self> {
        let away = "Service is unable to handle request.";
        Some(match fault {
            Fault::Status(503) => Self::new(503, "ServiceUnavailable", away),
            Fault::Status(status) => Self::new((*status).clamp(400, 599), "InternalFailure", away),
            Fault::Throttle => Self::new(400, "RequestThrottled", "The request was denied: throttling."),
            Fault::NoSuchQueue => Self {
                code: Some("AWS.SimpleQueueService.NonExistentQueue"),
                ..Self::new(400, "QueueDoesNotExist", "The specified queue does not exist.")
            },
            Fault::Denied => Self {
                namespace: CORAL,
                code: None,
                ..Self::new(403, "AccessDeniedException", "You are not authorized to perform this action.")
            },
            _ => return None,
        })
    }

    const fn new(status: u16, kind: &'static str, message: &'static str) -> Self {
        Self { status, namespace: SQS, kind, code: Some(kind), message }
    }

    /// The answer.
    pub(super) fn answer(self) -> Answer {
        let Self { status, namespace, kind, message, .. } = self;
        let fault = if status < 500 { "Sender" } else { "Receiver" };
        let mut head = Builder::new().status(status);
        if let Some(code) = self.code {
            head = head.header("x-amzn-query-error", format!("{code};{fault}"));
        }
        let kind = format!("{namespace}#{kind}");
        answer(head, json!({ "__type": kind, "message": message }))
    }
}

/// A good answer that no upstream gave.
pub(super) fn good(json: serde_json::Value) -> Answer {
    answer(Builder::new(), json)
}

fn answer(head: Builder, json: serde_json::Value) -> Answer {
    let head = head.header("content-type", "application/x-amz-json-1.0");
    let head = head.header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000");
    let (head, ()) = head.body(()).expect("statuses and headers were checked").into_parts();
    Answer::new(head, json)
}
