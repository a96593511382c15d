//! A pipeline that runs, as a process would: it is stopped, breaks, or is killed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::fake::FakeQueue;
use crate::handler::Handler;
use crate::monitor::Monitor;
use crate::pipeline::{Key, Pipeline, Report, TaskFailed};
use crate::settings::Settings;

/// How long anything may take, in virtual time, before it counts as stuck.
pub const STUCK: Duration = Duration::from_hours(2);

/// A pipeline that runs. Dropped, it stops as [`stop`](Self::stop) does, and nobody waits for its end.
#[derive(Debug)]
pub struct Run {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Report, TaskFailed>>,
    /// Shows it, and lets the test pause it.
    pub monitor: Arc<Monitor>,
}

impl Run {
    /// Starts a pipeline with a queue, a handler and settings.
    pub fn start(queue: FakeQueue, handler: impl Handler, settings: Settings) -> Self {
        Self::start_by(None, queue, handler, settings)
    }

    /// Starts a pipeline that works on one message of each key at a time.
    pub fn start_by(key: Option<Key>, queue: FakeQueue, handler: impl Handler, settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            stopped.await.ok();
        };
        let pipeline = Pipeline::start_by(key, Arc::new(queue), Arc::new(handler), settings);
        let monitor = pipeline.monitor();
        Self { stop, task: tokio::spawn(pipeline.until(stopped)), monitor }
    }

    /// Stops it, and waits for its end.
    ///
    /// # Panics
    /// Where a stage of it panicked, or where it does not end within two hours.
    pub async fn stop(self) -> Report {
        self.stop.send(()).expect("it runs");
        Self::ended(self.task).await.expect("nothing panicked")
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// Where that does not happen within two hours.
    pub async fn broken(self) -> TaskFailed {
        let (_stop, ended) = self.parts();
        ended.await
    }

    /// What stops it, and the wait for it to end by a panic.
    pub fn parts(self) -> (oneshot::Sender<()>, impl Future<Output = TaskFailed>) {
        let ended = async { Self::ended(self.task).await.expect_err("something panicked") };
        (self.stop, ended)
    }

    /// Ends it on the spot, as `kill -9` does.
    ///
    /// # Panics
    /// Where it had ended before.
    pub async fn crash(self) {
        self.task.abort();
        self.task.await.expect_err("it was aborted");
    }

    async fn ended(task: JoinHandle<Result<Report, TaskFailed>>) -> Result<Report, TaskFailed> {
        let ended = timeout(STUCK, task).await.expect("it never ends");
        ended.expect("the pipeline itself does not panic")
    }
}
