//! Dead-letter queues: one takes the place of another, and all are looked into at the end.

use anyhow::Result;
use aws_sdk_sqs::types::Message;

use crate::bed::Bed;

/// The dead-letter queues so far, the one in use last.
#[derive(Debug)]
pub(super) struct Letters {
    urls: Vec<String>,
    max_receive_count: u32,
}

impl Letters {
    /// The bed's own.
    pub(super) fn of(bed: &Bed, max_receive_count: u32) -> Self {
        Self { urls: vec![bed.dead_letter_url.clone()], max_receive_count }
    }

    /// From now on SQS gives messages up after so many receives.
    pub(super) async fn give_up_after(&mut self, bed: &Bed, receives: u32) -> Result<()> {
        self.max_receive_count = receives;
        self.replace(bed).await
    }

    /// Puts a new one in the place of the one in use. That one stays: consumers that do not know
    /// of the change yet send to it.
    pub(super) async fn replace(&mut self, bed: &Bed) -> Result<()> {
        self.urls.push(bed.replace_dead_letter_queue(self.urls.len(), self.max_receive_count).await?);
        Ok(())
    }

    /// Everything that lies in any of them, as a list: what came twice is in it twice.
    pub(super) async fn take(&self, bed: &Bed) -> Result<Vec<Message>> {
        let mut letters = Vec::new();
        for url in &self.urls {
            letters.extend(bed.take_all(url).await?);
        }
        Ok(letters)
    }

    /// Removes those that the bed does not know of.
    pub(super) async fn remove(&self, bed: &Bed) -> Result<()> {
        for url in &self.urls[1..] {
            bed.sqs.delete_queue().queue_url(url).send().await?;
        }
        Ok(())
    }
}
