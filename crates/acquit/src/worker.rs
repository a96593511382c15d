//! The worker: which queues, which jobs, and how much of everything.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::handler::Handler;
use engine::job::{Job, JobHandler, Meta};
use engine::settings::Settings;
use runtime::exit;
use shared::queue::{QueueRef, name_in};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "admin")]
use crate::parts::AdminServer;
use crate::parts::Parts;
use crate::queues::{Need, Queue};
use crate::{Options, SettingError, StartError, log, run};

/// Works on the messages of one or more queues until it is told to stop.
///
/// `S` is what jobs ask for as [`State<S>`](crate::State).
pub struct Worker<S = ()> {
    options: Options,
    state: S,
    queues: Vec<Queue>,
    parts: Parts,
}

impl Worker {
    /// A worker with the defaults.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// A worker as the environment wants it: see [`Options::from_env`].
    ///
    /// # Errors
    /// Returns an error that names the variable and its range if one is not as it must be.
    pub fn from_env() -> Result<Self, SettingError> {
        Options::from_env().map(Self::with)
    }

    /// A worker with these options.
    pub fn with(options: Options) -> Self {
        Self { options, state: (), queues: Vec::new(), parts: Parts::default() }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Worker<S> {
    /// What jobs that are given from now on get as [`State`](crate::State): a clone each call.
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(self, state: T) -> Worker<T> {
        let Self { options, queues, parts, .. } = self;
        Worker { options, state, queues, parts }
    }

    /// How many messages of each queue jobs work on at once, 1 to 10,000; 16 if nothing is said.
    #[must_use]
    pub fn concurrency(mut self, messages: usize) -> Self {
        self.options.concurrency = messages.clamp(1, 10_000);
        self
    }

    /// How long a job may take for one message; 5 minutes if nothing is said. One that takes longer
    /// is dropped, and its message is retried with the reason `timeout`.
    #[must_use]
    pub fn timeout(mut self, each: Duration) -> Self {
        self.options.settings.handler_timeout = each;
        self
    }

    /// Has `job` called for each message of `queue`, which is a name or a URL. Call it again for
    /// another queue. The job is called as its queue is; see [`queue_as`](Self::queue_as).
    #[must_use]
    pub fn queue<A: 'static>(self, queue: &str, job: impl Job<S, A> + Clone) -> Self {
        let name = name_in(queue).to_owned();
        self.queue_as(queue, &name, job)
    }

    /// As [`queue`](Self::queue), for a job with a name of its own. What a job has done is remembered
    /// under its name, so the name has to stay the same when the queue gets another one.
    #[must_use]
    pub fn queue_as<A: 'static>(mut self, queue: &str, name: &str, job: impl Job<S, A> + Clone) -> Self {
        let (state, name) = (self.state.clone(), name.to_owned());
        self.queues.push(Queue::new(QueueRef::of(queue), Options::for_jobs, nothing(), move |settings| {
            let handler = JobHandler::new(job.clone(), state.clone()).named(name.clone());
            async move { Ok((handler, settings)) }
        }));
        self
    }

    /// Of messages with the same key, on the queue that was named last, has one at a time worked on in
    /// this process. `key` gets what is known of a message, and its body.
    ///
    /// It keeps no order, and other processes know nothing of it: it spares messages that would get in
    /// each other's way, such as those for one seat, the retries. Where two must never run at once, let
    /// the database say so. Those that wait count as in flight, and their leases are extended. On a FIFO
    /// queue it has no meaning: there the messages of a group are worked on one after another.
    ///
    /// # Panics
    /// Where no queue was named before.
    #[must_use]
    pub fn by_key(mut self, key: impl Fn(&Meta, &str) -> String + Send + Sync + 'static) -> Self {
        let queue = self.queues.last_mut().expect("a queue is named before its key");
        queue.key = Some(Arc::new(key));
        self
    }

    /// Has `handler` work on the messages of `queue` in batches: the low layer below jobs.
    #[must_use]
    pub fn handler(mut self, queue: &str, handler: impl Handler + Clone) -> Self {
        self.queues.push(Queue::new(QueueRef::of(queue), Options::for_batches, nothing(), move |settings| {
            let handler = handler.clone();
            async move { Ok((handler, settings)) }
        }));
        self
    }

    /// As [`handler`](Self::handler), for one that has to be opened first. `open` is called until it
    /// succeeds, or fails with an error that does not pass by itself. It gets the queue's settings and
    /// returns those to work with. `need` is for people: a word for what the handler needs, under
    /// which `/readyz` shows it, and where that is.
    #[must_use]
    pub fn open_handler<H, F>(
        mut self,
        queue: QueueRef,
        need: (&'static str, String),
        open: impl Fn(Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        H: Handler,
        F: Future<Output = Result<(H, Settings), StartError>> + Send + 'static,
    {
        self.queues.push(Queue::new(queue, Options::for_batches, need, open));
        self
    }

    /// Sends what is published in this database, by jobs or by others, beside what else the worker does.
    /// What jobs publish is sent at once. Any number of relays work side by side.
    #[cfg(feature = "mysql")]
    #[must_use]
    pub fn relay(mut self, mysql: &mysql::MySql) -> Self {
        self.parts.relay = Some(mysql.clone());
        self
    }

    /// Names the service in spans; the program's own name if nothing is said.
    #[cfg(feature = "otlp")]
    #[must_use]
    pub fn service(mut self, name: &'static str) -> Self {
        self.parts.service = name;
        self
    }

    /// Shows the run by this admin server rather than by one of its own; `None`: by none.
    #[cfg(feature = "admin")]
    #[must_use]
    pub fn admin(mut self, admin: Option<admin::Admin>) -> Self {
        self.parts.server = AdminServer::Given(admin.map(Box::new));
        self
    }

    /// Stops when `token` is cancelled, and leaves the signals to the program.
    #[must_use]
    pub fn stop_on(mut self, token: CancellationToken) -> Self {
        self.parts.stop = Some(token);
        self
    }

    /// Works until SIGINT or SIGTERM, then finishes or gives back what was received. A second signal
    /// ends the process at once. Logs an error that ends it, and returns the exit code: 0 where
    /// nothing is left, 1 where another start may help, 2 where the configuration has to be changed
    /// first, 3 where the grace ran out.
    ///
    /// Where the program has set up no logs, lines are written to standard error.
    pub async fn run(self) -> ExitCode {
        log::init();
        exit::of(self.try_run().await)
    }

    /// As [`run`](Self::run), without logs of its own, and with the exit code as a number.
    ///
    /// # Errors
    /// Returns why it could not start, or not go on.
    pub async fn try_run(self) -> Result<u8, StartError> {
        run::run(self.options, self.queues, self.parts).await
    }
}

#[cfg(feature = "cli")]
impl<S> Worker<S> {
    pub(crate) fn first_queue(&self) -> Option<QueueRef> {
        self.queues.first().map(|queue| queue.reference.clone())
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}

/// Of a handler that needs nothing to be opened first.
fn nothing() -> Need {
    ("handler", "what works on messages".into())
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.queues.iter().map(|queue| &queue.name).collect();
        f.debug_struct("Worker")
            .field("options", &self.options)
            .field("queues", &names)
            .finish_non_exhaustive()
    }
}
