//! What goes on beside a drain: a loop that ends when it is told to.

use anyhow::Result;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Ends also when it is dropped.
pub(super) struct Task {
    stop: CancellationToken,
    handle: JoinHandle<Result<f64>>,
}

impl Task {
    pub(super) fn spawn<F>(run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Result<f64>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let handle = tokio::spawn(run(stop.clone()));
        Self { stop, handle }
    }

    /// What it came to.
    pub(super) async fn stop(mut self) -> Result<f64> {
        self.stop.cancel();
        (&mut self.handle).await?
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
