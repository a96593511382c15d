//! Whether work can succeed at all. While it cannot, nothing is received and no receive is spent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::handler::{Away, Handler};
use crate::stats::Counter;
use shared::backoff::Backoff;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(3) };

/// Probes from one reminder in the log to the next: about a minute's.
const REMIND: u32 = 40;

/// Closed for this long, it was closed for good, and the backoff begins anew.
const STEADY: Duration = Duration::from_secs(30);

/// Open while the handler is away: everyone waits, and one probes.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: watch::Sender<State>,
    /// How often it opened.
    pub(crate) opened: Counter,
    /// Milliseconds that it was open, up to when it last closed.
    was_open: AtomicU64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open(Instant, Away),
    /// The process is ending: whoever still waits is to give up.
    GivenUp,
}

/// The wait for the breaker to close was called off.
#[derive(Debug)]
pub(crate) struct GivenUp;

impl Breaker {
    /// Closed: work flows.
    pub(crate) fn new() -> Arc<Self> {
        let state = watch::Sender::new(State::Closed);
        Arc::new(Self { state, opened: Counter::default(), was_open: AtomicU64::new(0) })
    }

    /// Work turned out to be impossible.
    pub(crate) fn open(&self, away: &Away) {
        let opened = self.state.send_if_modified(|state| {
            let closed = *state == State::Closed;
            if closed {
                *state = State::Open(Instant::now(), away.clone());
            }
            closed
        });
        self.opened.add(usize::from(opened));
        if opened && away.needs_help {
            tracing::error!(error = ?away.error, "receiving stopped: the database needs help; what is held stays held");
        } else if opened {
            tracing::warn!(error = ?away.error, "receiving stopped: the database is away; what is held stays held");
        }
    }

    /// Waits until work can succeed.
    ///
    /// # Errors
    /// Where the process is ending and work still cannot succeed.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn closed(&self) -> Result<(), GivenUp> {
        let mut state = self.state.subscribe();
        let state = state.wait_for(|state| !matches!(state, State::Open(..))).await;
        match *state.expect("the breaker owns the sender") {
            State::GivenUp => Err(GivenUp),
            _ => Ok(()),
        }
    }

    /// Since when it is open, and why, if it is.
    pub(crate) fn is_open(&self) -> Option<(Instant, Away)> {
        match &*self.state.borrow() {
            State::Open(since, away) => Some((*since, away.clone())),
            State::Closed | State::GivenUp => None,
        }
    }

    /// How long it was open in all.
    pub(crate) fn open_for(&self) -> Duration {
        let now = self.is_open().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        Duration::from_millis(self.was_open.load(Ordering::Relaxed)) + now
    }

    /// From now on nobody waits: work that cannot succeed is given up.
    pub(crate) fn give_up(&self) {
        self.state.send_replace(State::GivenUp);
    }

    /// Closes the breaker whenever `handler` turns out to be back. Ends when dropped.
    pub(crate) async fn watch<H: Handler>(self: Arc<Self>, handler: Arc<H>) {
        let mut state = self.state.subscribe();
        let (mut failures, mut closed) = (0, Instant::now());
        loop {
            let opened = state.wait_for(|state| matches!(state, State::Open(..))).await;
            drop(opened.expect("the breaker owns the sender"));
            // Probes that succeed where work fails must not make it open and close at speed.
            if closed.elapsed() > STEADY {
                failures = 0;
            }
            failures = self.probe_until_back(&*handler, failures).await;
            closed = Instant::now();
        }
    }

    /// Returns after how many failures in a row it was back.
    async fn probe_until_back<H: Handler>(&self, handler: &H, mut failures: u32) -> u32 {
        loop {
            failures += 1;
            sleep(BACKOFF.delay(failures)).await;
            match handler.look().await {
                Ok(()) => {
                    self.close();
                    return failures;
                }
                Err(away) if failures.is_multiple_of(REMIND) => {
                    tracing::warn!(error = ?away.error, probes = failures, "the database is still away");
                }
                Err(_) => {}
            }
        }
    }

    fn close(&self) {
        self.state.send_if_modified(|state| {
            let State::Open(since, _) = *state else { return false };
            let took = since.elapsed();
            self.was_open.fetch_add(u64::try_from(took.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            tracing::info!("receiving again after {:.1} s", took.as_secs_f64());
            *state = State::Closed;
            true
        });
    }
}
