//! Without the feature `otel`: messages carry what they were given, and calls are no spans.

use shared::error::ServiceError;

use crate::outgoing::Outgoing;
use crate::port::{Entry, SendPort};

/// Bytes that a message may grow by.
pub(super) const CONTEXT: usize = 0;

/// Leaves the message as it is.
pub(super) fn place(_: &mut Outgoing) {}

/// Makes the call.
pub(super) async fn send(
    port: &impl SendPort,
    messages: &mut [Outgoing],
) -> Result<Vec<Entry>, ServiceError> {
    port.send(messages).await
}
