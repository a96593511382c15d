//! Tasks that do the same: none of them ends or panics unnoticed.

use tokio::task::{JoinError, JoinSet};

/// A stage ended that should not have.
#[derive(Debug, thiserror::Error)]
#[error("a task failed ({0}: {1})")]
pub struct TaskFailed(&'static str, String);

/// The tasks of one stage. Dropped, they are aborted.
#[derive(Debug)]
pub(crate) struct Stage {
    name: &'static str,
    tasks: JoinSet<()>,
}

impl Stage {
    /// Starts the tasks.
    pub(crate) fn of<F>(name: &'static str, tasks: impl IntoIterator<Item = F>) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = tasks.into_iter().collect();
        Self { name, tasks }
    }

    /// Starts another task.
    pub(crate) fn and(mut self, task: impl Future<Output = ()> + Send + 'static) -> Self {
        self.tasks.spawn(task);
        self
    }

    /// Ends when a task does.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn broken(&mut self) -> TaskFailed {
        match self.tasks.join_next().await {
            Some(Err(error)) => self.panicked(&error),
            Some(Ok(())) => TaskFailed(self.name, "it ended by itself".into()),
            None => std::future::pending().await,
        }
    }

    /// Waits for all tasks to end.
    ///
    /// # Errors
    /// Where one panicked. The others were waited for all the same.
    pub(crate) async fn ended(&mut self) -> Result<(), TaskFailed> {
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                result = Err(self.panicked(&error));
            }
        }
        result
    }

    /// How many of the tasks have not ended.
    pub(crate) fn running(&self) -> usize {
        self.tasks.len()
    }

    fn panicked(&self, error: &JoinError) -> TaskFailed {
        TaskFailed(self.name, error.to_string())
    }
}
