//! Opens the dead-letter queue, and says what looking at it costs and how far a look got.

use std::sync::Arc;

use engine::depth::Depth;
use shared::queue::QueueRef;
use sqs::client::Sqs;
use sqs::dead_letter::port::DeadLetterQueue as _;
use sqs::dead_letter::queue::SqsDeadLetterQueue;
use tokio_util::sync::CancellationToken;

use super::choice::{MOST_LOOKED_AT, PlaceArgs};
use super::error::Error;
use super::scan::{End, Looked, Scan};

/// The dead-letter queue, open.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) letters: Arc<SqsDeadLetterQueue>,
    /// As it was at the start.
    pub(crate) depth: Depth,
    pub(crate) stop: CancellationToken,
}

impl Session {
    /// The queue that is named, else the one where `queue` gives up to.
    pub(crate) async fn open(
        sqs: &Sqs,
        place: &PlaceArgs,
        queue: &QueueRef,
        stop: &CancellationToken,
    ) -> Result<Self, Error> {
        let letters = if let Some(url) = &place.dlq_url {
            let url = QueueRef::Url(url.clone());
            SqsDeadLetterQueue::open(sqs, &url).await.map_err(Error::DeadLetters)?
        } else {
            let source = SqsDeadLetterQueue::open(sqs, queue).await?;
            let letters = source.dead_letters().await.map_err(Error::DeadLetters)?;
            letters.ok_or_else(|| Error::NoDeadLetters(source.url().to_owned()))?
        };
        Self::at(letters, stop).await
    }

    /// At this queue.
    pub(crate) async fn at(letters: SqsDeadLetterQueue, stop: &CancellationToken) -> Result<Self, Error> {
        if let Some(most) = letters.max_receive_count() {
            tracing::warn!(
                max_receive_count = most,
                "the dead-letter queue has a redrive policy itself: a letter that is looked at too often is moved on"
            );
        }
        let depth = letters.depth().await?;
        Ok(Self { letters: Arc::new(letters), depth, stop: stop.clone() })
    }

    /// Looks through it.
    pub(crate) fn scan(&self, limit: usize) -> Scan<SqsDeadLetterQueue> {
        tracing::info!(queue = self.letters.url(), "looking costs each letter one receive");
        if self.depth.in_flight > 0 {
            tracing::warn!(
                "about {} letters are in somebody else's hands and not seen",
                self.depth.in_flight
            );
        }
        Scan::with(Arc::clone(&self.letters), limit, &self.stop, self.depth.waiting)
    }

    /// Says if there is more. Returns whether the look was not cut short by a signal.
    pub(crate) fn ended(&self, looked: Looked) -> bool {
        let letters = looked.letters;
        match (looked.end, self.more(looked)) {
            (End::Stopped, _) => tracing::warn!("stopped after {letters} letters: they are given back"),
            (End::Limit, 0) => tracing::debug!("the limit was reached"),
            (End::Limit, more) if letters >= MOST_LOOKED_AT => tracing::warn!(
                "looked at {letters} letters, and at no more in one run: about {more} are left for another"
            ),
            (End::Limit, more) => {
                tracing::info!("looked at {letters} letters; about {more} more were not looked at (--limit)");
            }
            (End::Dry, more) if more > 0 && self.letters.is_fifo() => tracing::info!(
                "about {more} more were not seen: SQS hands out no more of a group while its first ones are in hand"
            ),
            (End::Dry, _) => {}
        }
        looked.end != End::Stopped
    }

    /// How many letters were not looked at.
    pub(crate) fn more(&self, looked: Looked) -> u64 {
        self.depth.waiting.saturating_sub(looked.letters as u64)
    }
}
