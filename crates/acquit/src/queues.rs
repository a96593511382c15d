//! The queues of a worker: each with what works on its messages, opened when the worker runs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use engine::handler::Handler;
use engine::monitor::Startup;
use engine::pipeline::{Key, Pipeline};
use engine::queue::Queue as _;
use engine::settings::Settings;
use shared::queue::{QueueRef, name_in};
use sqs::client::Sqs;
use sqs::queue::SqsQueue;
use tokio::sync::OnceCell;

use crate::{Options, StartError, start};

/// A queue and what works on it.
pub(crate) struct Queue {
    /// What it is called, for people.
    pub(crate) name: String,
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only commands ask for it"))]
    pub(crate) reference: QueueRef,
    /// What names the key of a message, of which one at a time is worked on.
    pub(crate) key: Option<Key>,
    pub(crate) begin: Begin,
}

/// Opens both and starts to work.
pub(crate) type Begin = Box<dyn FnOnce(Opening) -> Begun + Send>;
type Begun = Pin<Box<dyn Future<Output = Result<Pipeline, StartError>> + Send>>;

/// What a queue is opened with.
#[derive(Clone)]
pub(crate) struct Opening {
    /// Region and credentials, loaded by whichever queue comes first.
    pub(crate) sqs: Arc<OnceCell<Sqs>>,
    pub(crate) options: Arc<Options>,
    pub(crate) startup: Arc<Startup>,
    /// That of the queue.
    pub(crate) key: Option<Key>,
    /// How many queues share what there is.
    pub(crate) queues: usize,
}

/// What a handler needs, for people: the name of its check, and where it is.
pub(crate) type Need = (&'static str, String);

impl Queue {
    /// Has `open` make the handler once the worker runs. It may change the settings, which are the
    /// queue's share until then.
    pub(crate) fn new<H, F, O>(
        queue: QueueRef,
        settings: fn(&Options, usize) -> Settings,
        need: Need,
        open: O,
    ) -> Self
    where
        H: Handler,
        F: Future<Output = Result<(H, Settings), StartError>> + Send + 'static,
        O: Fn(Settings) -> F + Send + Sync + 'static,
    {
        let (QueueRef::Url(text) | QueueRef::Name(text)) = &queue;
        let (name, reference) = (name_in(text).to_owned(), queue.clone());
        let begin = move |opening: Opening| -> Begun {
            let settings = settings(&opening.options, opening.queues);
            Box::pin(begin(opening, queue, need, move || open(settings), settings))
        };
        Self { name, reference, key: None, begin: Box::new(begin) }
    }
}

async fn begin<H, F>(
    Opening { sqs, options, startup, key, .. }: Opening,
    queue: QueueRef,
    (check, what): Need,
    open_handler: impl FnMut() -> F + Send,
    Settings { wait_time, visibility_timeout, .. }: Settings,
) -> Result<Pipeline, StartError>
where
    H: Handler,
    F: Future<Output = Result<(H, Settings), StartError>> + Send,
{
    let open_queue = move || {
        let (sqs, queue) = (sqs.clone(), queue.clone());
        async move {
            let sqs = sqs.get_or_try_init(Sqs::load).await?;
            Ok(SqsQueue::open(sqs, &queue, wait_time, visibility_timeout).await?)
        }
    };
    // Both at once: a denial by one is not kept waiting by the other.
    let (queue, (handler, settings)) = tokio::try_join!(
        start::open(&startup, options.fail_fast, ("queue", "SQS"), open_queue),
        start::open(&startup, options.fail_fast, (check, &what), open_handler)
    )?;
    let settings = if queue.is_fifo() { options.for_groups(settings) } else { settings };
    tracing::info!(queue = queue.url(), "consuming: {settings}");
    Ok(Pipeline::start_by(key, Arc::new(queue), Arc::new(handler), settings))
}
