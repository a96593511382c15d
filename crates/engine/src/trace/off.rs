//! Without the feature `otel`: no spans around anything.

use std::convert::Infallible;
use std::sync::Arc;

use shared::message::Message;

/// Leaves both as they are.
pub(crate) fn around<Q, H>(queue: Arc<Q>, handler: Arc<H>) -> (Arc<Q>, Arc<H>) {
    (queue, handler)
}

/// Log lines belong to no trace.
pub(crate) fn enter(_: &Message) -> Option<Infallible> {
    None
}
