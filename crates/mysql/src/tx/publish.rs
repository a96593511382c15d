//! Messages that a job sends if and only if its transaction commits.

use engine::job::Fail;
use outbound::{Outgoing, Wire};

use super::Tx;
use crate::outbox::{self, PublishError};

/// The reason of a message that SQS would not take.
const UNSENDABLE: &str = "unsendable";

impl Tx {
    /// Has `message` sent to `queue`, a name or a URL, if and only if this transaction commits: it
    /// becomes a row of the table `outbox`, which a relay sends.
    ///
    /// # Errors
    /// A message that SQS would refuse, or for which there can be no queue, is rejected as `unsendable`:
    /// no later try can send it. An error of the database counts as one of any other statement.
    ///
    /// # Cancel safety
    /// Dropped, the connection is closed and nothing takes effect.
    pub async fn publish(&mut self, queue: &str, message: &impl Wire) -> Result<(), Fail> {
        let published = outbox::publish(&mut **self, queue, message).await;
        self.published(published)
    }

    /// As [`publish`](Self::publish), of a message that was put together by hand.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    ///
    /// # Cancel safety
    /// As [`publish`](Self::publish).
    pub async fn publish_raw(&mut self, queue: &str, message: Outgoing) -> Result<(), Fail> {
        let published = outbox::publish_raw(&mut **self, queue, message).await;
        self.published(published)
    }

    fn published(&mut self, published: Result<(), PublishError>) -> Result<(), Fail> {
        self.has_published |= published.is_ok();
        published.map_err(|error| match error {
            PublishError::Flaw(_) | PublishError::Queue(_) => Fail::reject(UNSENDABLE, error),
            PublishError::Database(error) => error.into(),
        })
    }
}
