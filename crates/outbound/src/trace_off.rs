//! Without the feature `otel`: messages carry what they were given, and calls are no spans.

use shared::error::ServiceError;

use crate::outgoing::Outgoing;
use crate::port::{Entry, SendPort};

/// Bytes that a message may grow by.
pub(crate) const CONTEXT: usize = 0;

/// The message as it is.
#[must_use]
pub fn in_context(message: Outgoing) -> Outgoing {
    message
}

/// Leaves the message as it is.
pub(crate) fn place(_: &mut Outgoing) {}

/// Makes the call.
pub(crate) async fn send(
    port: &impl SendPort,
    messages: &mut [Outgoing],
) -> Result<Vec<Entry>, ServiceError> {
    port.send(messages).await
}
