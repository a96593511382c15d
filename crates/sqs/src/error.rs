//! Reads the SDK's errors: what a failed call means.

use std::error::Error;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use shared::error::{Cause, ServiceError, chain, one_line};

/// Reads the error that `operation` ended with.
pub fn service_error<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ServiceError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (cause, text) = match error {
        SdkError::ServiceError(answer) => read(answer.err(), answer.raw().status().as_u16()),
        // Cut off on the way, it says as little as none, and SQS may have done what it was asked.
        SdkError::ResponseError(answer) if is_cut(answer.raw()) => (Cause::Silence, chain(error)),
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            (Cause::of_status(status), format!("HTTP {status}: {}", chain(error)))
        }
        _ => (Cause::Silence, chain(error)),
    };
    ServiceError { kind: cause.kind(), cause, operation, text: one_line(&text) }
}

/// Whether a good answer broke off within its body, which the SDK then does not keep.
fn is_cut(answer: &HttpResponse) -> bool {
    answer.status().is_success() && answer.body().bytes().is_none()
}

/// The cause and the words of an answer that is an error. One without a code is not SQS's own.
fn read(error: &impl ProvideErrorMetadata, status: u16) -> (Cause, String) {
    let message = error.message().unwrap_or("no reason given");
    match error.code() {
        Some(code) => (Cause::of_code(code, status), format!("{message} ({code})")),
        None => (Cause::of_status(status), format!("{message} (HTTP {status}, no code)")),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::operation::receive_message::ReceiveMessageError;

    use super::*;

    /// Of an answer with this status that the SDK could not read, though it may have got all of it.
    fn cause(status: u16, is_whole: bool) -> Cause {
        let mut answer = HttpResponse::new(status.try_into().unwrap(), "<html>".into());
        if !is_whole {
            answer.take_body();
        }
        let error = SdkError::<ReceiveMessageError, _>::response_error("unreadable", answer);
        service_error("ReceiveMessage", &error).cause
    }

    #[test]
    fn a_good_answer_that_broke_off_counts_as_none() {
        assert_eq!(cause(200, false), Cause::Silence);
        assert_eq!(cause(503, false), Cause::Unwell, "it was told before it broke off");
    }

    #[test]
    fn an_answer_that_is_whole_and_cannot_be_read_is_not_sqss() {
        assert_eq!(cause(200, true), Cause::NotSqs);
    }
}
