//! Has the queue read again, every few minutes, what others may have changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::queue::Queue;

/// Between two readings.
const PERIOD: Duration = Duration::from_mins(3);

/// Goes on until dropped.
pub(super) async fn refresh<Q: Queue>(queue: Arc<Q>) {
    loop {
        sleep(PERIOD).await;
        if let Err(fault) = queue.refresh().await {
            tracing::debug!(error = %fault, "what is known of the queue's redrive policy may be old");
        }
    }
}
