//! The admin server while it serves: what it shows, and when it ends.

use std::sync::Arc;
use std::time::Duration;

use engine::monitor::Monitor;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::runs::Runs;
use crate::site::Site;

/// How long answers that are under way may take at the end.
const LAST: Duration = Duration::from_secs(1);

/// Serves. Dropped, it ends on the spot.
#[derive(Debug)]
pub struct Server {
    pub(super) site: Arc<Site>,
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

impl Server {
    /// Shows what `monitor` sees, from now on. It has no effect once something is shown.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn show(&self, monitor: Arc<Monitor>) {
        self.show_all(vec![(monitor.queue_name().to_owned(), monitor)]);
    }

    /// Shows several runs, each by its queue's name; one alone is shown as by [`show`](Self::show). A
    /// name that is given again gets a number. It has no effect once something is shown, or where
    /// there is no run.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn show_all(&self, runs: Vec<(String, Arc<Monitor>)>) {
        if self.site.runs.get().is_none()
            && let Some(runs) = Runs::watch(runs)
        {
            self.site.runs.set(runs).ok();
        }
    }

    /// Ends it; answers that are under way are given first.
    ///
    /// # Cancel safety
    /// Dropped, it ends on the spot.
    pub async fn end(mut self) {
        self.stop.cancel();
        timeout(LAST, &mut self.task).await.ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
