//! Sends messages for many callers at once: they share calls, and each hears of its own message alone.

mod answer;
mod batch;
mod confirmation;
mod dispatcher;
mod error;
mod flight;
mod metrics;
mod order;
mod outage;
mod settings;
mod submitted;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use engine::monitor::Family;
use shared::queue::is_fifo;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

pub use confirmation::Confirmation;
pub use error::SendError;
pub use metrics::names;
pub use outage::Notice;
pub use settings::Settings;

use crate::outgoing::Outgoing;
use crate::port::SendPort;
use crate::trace;
use dispatcher::Dispatcher;
use metrics::Metrics;
use submitted::Submitted;

/// Sends messages to one queue. A clone is cheap, and shares calls and limits.
///
/// Concurrent callers share `SendMessageBatch`: a message that finds no call under way goes at once;
/// under load it waits for company, up to [`Settings::linger`]. What failed is sent again under the same
/// `dedup-id`, and nothing else. There is room for a limited number of messages and bytes; those who find
/// none wait.
#[derive(Clone)]
pub struct Producer(Arc<Shared>);

struct Shared {
    url: String,
    settings: Settings,
    /// What is handed over together arrives together, and so shares calls.
    intake: mpsc::Sender<Vec<Submitted>>,
    /// Bytes that may still come in.
    room: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    /// From here on nothing new is taken.
    closing: CancellationToken,
    /// From here on nobody waits for answers.
    abandoned: CancellationToken,
    /// All that was taken has been answered for.
    ended: CancellationToken,
}

impl Producer {
    /// Sends through `port`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(port: impl SendPort, settings: Settings) -> Self {
        let (intake, submitted) = mpsc::channel(settings.calls.max(1));
        let (url, metrics) = (port.url().to_owned(), Arc::new(Metrics::new(port.url())));
        let [closing, abandoned, ended] = [(); 3].map(|()| CancellationToken::new());
        let dispatcher = Dispatcher::new(port, settings.clone(), submitted, metrics.clone(), closing.clone());
        let (until, at_end) = (abandoned.clone(), ended.clone().drop_guard());
        tokio::spawn(async move {
            let _at_end = at_end;
            until.run_until_cancelled(dispatcher.run()).await;
        });
        let room = Arc::new(Semaphore::new(settings.max_bytes));
        Self(Arc::new(Shared { url, settings, intake, room, metrics, closing, abandoned, ended }))
    }

    /// The queue's URL.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Sends the message, and ends when SQS has confirmed it.
    ///
    /// # Errors
    /// Says what is known of the message. Sending it again under the same `dedup-id` is safe after each.
    ///
    /// # Cancel safety
    /// Dropped, the message may be sent or not.
    pub async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        self.submit(message).await?.await
    }

    /// Waits for room, and hands the message over. What comes back ends when SQS has confirmed it;
    /// dropped, the message is sent all the same.
    ///
    /// # Errors
    /// Where the message could not be handed over, and is not on the queue.
    ///
    /// # Cancel safety
    /// Dropped, the message is not sent.
    pub async fn submit(&self, message: Outgoing) -> Result<Confirmation, SendError> {
        self.submit_all([message]).await.pop().unwrap_or(Err(SendError::Closed))
    }

    /// As [`submit`](Self::submit) for several, which then share calls from the start. What became of
    /// each comes back in their order. All of them together must be within [`Settings::max_bytes`].
    ///
    /// # Cancel safety
    /// Dropped, none of the messages is sent.
    pub async fn submit_all(
        &self,
        messages: impl IntoIterator<Item = Outgoing>,
    ) -> Vec<Result<Confirmation, SendError>> {
        let shared = &*self.0;
        let deadline = shared.settings.patience.map(|patience| Instant::now() + patience);
        let (mut submitted, mut results) = (Vec::new(), Vec::new());
        for message in messages {
            let checked = shared.check(message, deadline).await;
            results.push(checked.map(|(checked, confirmation)| {
                submitted.push(checked);
                confirmation
            }));
        }
        if let Err(error) = within(deadline, shared.hand_over(submitted)).await {
            let confirmations = results.iter_mut().filter(|result| result.is_ok());
            confirmations.for_each(|result| *result = Err(error.clone()));
        }
        results
    }

    /// Takes nothing new, sends what was taken, and ends when all of that is answered for, after `grace`
    /// at the latest. What waits for another try gets a last one at once.
    ///
    /// # Cancel safety
    /// Dropped, nothing new is taken, and sending goes on.
    pub async fn close(&self, grace: Duration) {
        self.0.closing.cancel();
        if timeout(grace, self.0.ended.cancelled()).await.is_err() {
            self.0.abandoned.cancel();
            self.0.ended.cancelled().await;
        }
    }

    /// What was sent so far, and how that went.
    pub fn families(&self) -> Vec<Family> {
        self.0.metrics.families()
    }
}

impl Shared {
    /// Looks whether SQS can take the message, and waits for room for it.
    async fn check(
        &self,
        mut message: Outgoing,
        deadline: Option<Instant>,
    ) -> Result<(Submitted, Confirmation), SendError> {
        message.check(is_fifo(&self.url))?;
        trace::place(&mut message);
        let bytes = u32::try_from(message.bytes().min(self.settings.max_bytes)).unwrap_or(u32::MAX);
        let room = async {
            let room = self.room.clone().acquire_many_owned(bytes).await;
            room.map_err(|_| SendError::Closed)
        };
        let room = within(deadline, room).await?;
        Ok(Submitted::new(message, room, deadline, &self.metrics))
    }

    async fn hand_over(&self, submitted: Vec<Submitted>) -> Result<(), SendError> {
        if self.closing.is_cancelled() {
            return Err(SendError::Closed);
        }
        self.intake.send(submitted).await.map_err(|_| SendError::Closed)
    }
}

/// Waits no longer than until the deadline.
async fn within<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    match deadline {
        Some(deadline) => timeout_at(deadline, work).await.unwrap_or_else(|_| Err(SendError::no_room())),
        None => work.await,
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("url", &self.0.url).finish_non_exhaustive()
    }
}
