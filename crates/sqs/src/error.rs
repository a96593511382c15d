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
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            (Cause::of_status(status), format!("HTTP {status}: {}", chain(error)))
        }
        _ => (Cause::Silence, chain(error)),
    };
    ServiceError { kind: cause.kind(), cause, operation, text: one_line(&text) }
}

/// The cause and the words of an answer that is an error. One without a code is not SQS's own.
fn read(error: &impl ProvideErrorMetadata, status: u16) -> (Cause, String) {
    let message = error.message().unwrap_or("no reason given");
    match error.code() {
        Some(code) => (Cause::of_code(code, status), format!("{message} ({code})")),
        None => (Cause::of_status(status), format!("{message} (HTTP {status}, no code)")),
    }
}
