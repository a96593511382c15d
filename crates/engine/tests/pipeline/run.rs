//! A pipeline that runs, as a process would: it is stopped, breaks, or is killed.

use std::sync::Arc;

use acquit_engine::handler::Handler;
use acquit_engine::monitor::Monitor;
use acquit_engine::pipeline::{Pipeline, Report, TaskFailed};
use acquit_engine::settings::Settings;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fake::FakeQueue;
use crate::harness::STUCK;

/// A pipeline that runs.
pub(crate) struct Run {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Report, TaskFailed>>,
    pub(crate) monitor: Arc<Monitor>,
}

impl Run {
    pub(crate) fn start(queue: FakeQueue, handler: impl Handler, settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            stopped.await.ok();
        };
        let pipeline = Pipeline::start(Arc::new(queue), Arc::new(handler), settings);
        let monitor = pipeline.monitor();
        Self { stop, task: tokio::spawn(pipeline.until(stopped)), monitor }
    }

    /// Stops it, and waits for its end.
    pub(crate) async fn stop(self) -> Report {
        self.stop.send(()).expect("it runs");
        Self::ended(self.task).await.expect("nothing panicked")
    }

    /// Waits until it ends by itself.
    pub(crate) async fn broken(self) -> TaskFailed {
        let (_stop, ended) = self.parts();
        ended.await
    }

    /// What stops it, and the wait for it to end by a panic.
    pub(crate) fn parts(self) -> (oneshot::Sender<()>, impl Future<Output = TaskFailed>) {
        let ended = async { Self::ended(self.task).await.expect_err("something panicked") };
        (self.stop, ended)
    }

    /// Ends it on the spot, as `kill -9` does.
    pub(crate) async fn crash(self) {
        self.task.abort();
        self.task.await.expect_err("it was aborted");
    }

    async fn ended(task: JoinHandle<Result<Report, TaskFailed>>) -> Result<Report, TaskFailed> {
        let ended = timeout(STUCK, task).await.expect("it never ends");
        ended.expect("the pipeline itself does not panic")
    }
}
