//! Whether work can succeed at all. While it cannot, nothing is received and no receive is spent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::handler::{Away, Handler};
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open(Instant),
    /// The process is ending: whoever still waits is to give up.
    GivenUp,
}

/// The wait for the breaker to close was called off.
#[derive(Debug)]
pub(crate) struct GivenUp;

impl Breaker {
    /// Closed: work flows.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { state: watch::Sender::new(State::Closed) })
    }

    /// Work turned out to be impossible.
    pub(crate) fn open(&self, away: &Away) {
        let opened = self.state.send_if_modified(|state| {
            let closed = *state == State::Closed;
            if closed {
                *state = State::Open(Instant::now());
            }
            closed
        });
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
        let state = state.wait_for(|state| !matches!(state, State::Open(_))).await;
        match *state.expect("the breaker owns the sender") {
            State::GivenUp => Err(GivenUp),
            _ => Ok(()),
        }
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
            let opened = state.wait_for(|state| matches!(state, State::Open(_))).await;
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
            match handler.probe().await {
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
            let State::Open(since) = *state else { return false };
            tracing::info!("receiving again after {:.1} s", since.elapsed().as_secs_f64());
            *state = State::Closed;
            true
        });
    }
}
