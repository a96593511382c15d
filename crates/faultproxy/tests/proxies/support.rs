//! What the tests share: a bound on every wait, and upstreams of their own.

use std::time::Duration;

pub(crate) mod echo;
pub(crate) mod queue;

/// More than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);
/// Long enough for what is let through to arrive.
const MOMENT: Duration = Duration::from_millis(60);

/// The output, or the test fails.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(LIMIT, future).await.expect("it ends within the limit")
}

/// Waits until it is so, or the test fails.
pub(crate) async fn eventually(mut is_so: impl FnMut() -> bool) {
    within(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// Whether nothing comes of it for a moment.
pub(crate) async fn is_silent<F: Future>(future: F) -> bool {
    tokio::time::timeout(MOMENT, future).await.is_err()
}
