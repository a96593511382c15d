//! Has answers to a receive read by ourselves, where the SDK would read them.
//!
//! The call stays the SDK's: it signs, sends, and reads what is not a plain answer, such as errors.

use std::cell::RefCell;

use aws_sdk_sqs::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::operation::receive_message::{ReceiveMessage, ReceiveMessageOutput};
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::FrozenLayer;

use crate::answer::{self, Judged};

tokio::task_local! {
    /// What the call under way brought. The SDK hands on nothing but its own types.
    static BROUGHT: RefCell<Option<Vec<Judged>>>;
}

/// Makes `call`, a receive of a client with a [`Reader`]. Returns beside its outcome the messages that
/// were read here; `None` where the SDK read the answer.
pub(super) async fn receive<T>(call: impl Future<Output = T>) -> (T, Option<Vec<Judged>>) {
    let both = async { (call.await, BROUGHT.with(RefCell::take)) };
    BROUGHT.scope(RefCell::default(), both).await
}

/// Reads in place of the SDK.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// What the SDK makes of a receive.
    sdk: Option<FrozenLayer>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { sdk: ReceiveMessage::new().config() }
    }

    fn sdk(&self) -> Option<&SharedResponseDeserializer> {
        self.sdk.as_ref()?.load::<SharedResponseDeserializer>()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Reader {
    fn name(&self) -> &'static str {
        "Reader"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A version of the SDK that has no such part reads as it likes.
        if self.sdk().is_some() {
            config.interceptor_state().store_put(SharedResponseDeserializer::new(self.clone()));
        }
        Ok(())
    }
}

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        if response.status().is_success()
            && let Some(messages) = response.body().bytes().and_then(answer::read)
            && BROUGHT.try_with(|brought| brought.replace(Some(messages))).is_ok()
        {
            return Ok(Output::erase(ReceiveMessageOutput::builder().build()));
        }
        let sdk = self.sdk().ok_or_else(|| OrchestratorError::other("the SDK reads nothing"))?;
        sdk.deserialize_nonstreaming_with_config(response, config)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::error::ProvideErrorMetadata;
    use aws_sdk_sqs::operation::receive_message::ReceiveMessageError;

    use super::*;

    const ONE: &str = r#"{"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": "b"}]}"#;

    fn read(status: u16, text: &str) -> Result<Output, OrchestratorError<Error>> {
        let answer = HttpResponse::new(status.try_into().unwrap(), text.into());
        Reader::new().deserialize_nonstreaming_with_config(&answer, &ConfigBag::base())
    }

    fn of_sdk(output: Output) -> usize {
        output.downcast::<ReceiveMessageOutput>().unwrap().messages.unwrap_or_default().len()
    }

    #[tokio::test]
    async fn a_plain_answer_is_read_here_and_any_other_by_the_sdk() {
        let (output, messages) = receive(async { read(200, ONE) }).await;
        assert_eq!((of_sdk(output.unwrap()), messages.map(|messages| messages.len())), (0, Some(1)));
        let twice = r#"{"Messages": [{"Body": "a", "Body": "b"}]}"#;
        let (output, messages) = receive(async { read(200, twice) }).await;
        assert_eq!((of_sdk(output.unwrap()), messages.is_none()), (1, true));
        assert_eq!(of_sdk(read(200, ONE).unwrap()), 1, "nobody takes what was read here");
    }

    #[tokio::test]
    async fn an_error_is_read_by_the_sdk() {
        let text = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"}"#;
        let (output, messages) = receive(async { read(400, text) }).await;
        assert!(messages.is_none());
        let error = output.unwrap_err();
        let error = error.as_operation_error().unwrap().downcast_ref::<ReceiveMessageError>();
        assert_eq!(error.unwrap().code(), Some("QueueDoesNotExist"));
        assert!(receive(async { read(200, "<html>") }).await.0.is_err());
    }
}
