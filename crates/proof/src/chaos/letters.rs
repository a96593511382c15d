//! Dead-letter queues: one takes the place of another, and all are looked into at the end.

use anyhow::Result;
use aws_sdk_sqs::types::Message;

use crate::test_env::TestEnv;

/// The dead-letter queues so far, the one in use last.
#[derive(Debug)]
pub(super) struct Letters {
    urls: Vec<String>,
    max_receive_count: u32,
}

impl Letters {
    /// Those of the test environment.
    pub(super) fn of(env: &TestEnv, max_receive_count: u32) -> Self {
        Self { urls: vec![env.dead_letter_url.clone()], max_receive_count }
    }

    /// From now on SQS gives messages up after so many receives.
    pub(super) async fn give_up_after(&mut self, env: &TestEnv, receives: u32) -> Result<()> {
        self.max_receive_count = receives;
        self.replace(env).await
    }

    /// Puts a new one in the place of the one in use. That one stays: consumers that do not know
    /// of the change yet send to it.
    pub(super) async fn replace(&mut self, env: &TestEnv) -> Result<()> {
        self.urls.push(env.replace_dead_letter_queue(self.urls.len(), self.max_receive_count).await?);
        Ok(())
    }

    /// Everything that lies in any of them, as a list: what came twice is in it twice.
    pub(super) async fn take(&self, env: &TestEnv) -> Result<Vec<Message>> {
        let mut letters = Vec::new();
        for url in &self.urls {
            letters.extend(env.take_all(url).await?);
        }
        Ok(letters)
    }

    /// Removes those that the test environment does not know of.
    pub(super) async fn remove(&self, env: &TestEnv) -> Result<()> {
        for url in &self.urls[1..] {
            env.sqs.delete_queue().queue_url(url).send().await?;
        }
        Ok(())
    }
}
