//! Whether a kind of work can succeed. While it cannot, what is held is tried one piece at a time.
//!
//! The work itself is the probe: only a piece of work that succeeds closes the breaker. Anything
//! synthetic could succeed where work fails, or fail where work succeeds.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Mutex as Lock, MutexGuard as LockGuard, watch};
use tokio::time::{Instant, sleep};

use crate::stats::Counter;
use crate::verdict::Unavailable;

mod pace;

use pace::Pace;

/// What the log calls the work.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// The handler's.
    Handle,
    /// Deleting what is done.
    Delete,
}

/// Open while the work cannot succeed: everything waits, and one piece at a time is tried.
#[derive(Debug)]
pub(crate) struct Breaker {
    work: Work,
    state: watch::Sender<State>,
    /// Held by the one whose turn it is to try. Served in order, so that each try is another's.
    trial: Lock<()>,
    /// Whether the process is ending.
    ending: AtomicBool,
    pace: Mutex<Pace>,
    /// How often it opened.
    pub(crate) opened: Counter,
    /// Milliseconds that it was open, up to when it last closed.
    was_open: AtomicU64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open(Outage),
    /// The process is ending: no wait makes sense any more.
    GivenUp,
}

/// Why the breaker is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) since: Instant,
    pub(crate) away: Unavailable,
}

/// The right to work.
#[derive(Debug)]
pub(crate) enum Turn<'a> {
    /// Work flows.
    Free,
    /// One piece of work is to be tried. Others wait until this is dropped.
    Trial(LockGuard<'a, ()>),
}

/// The wait for the breaker to close was called off.
#[derive(Debug)]
pub(crate) struct GivenUp;

impl Breaker {
    /// Closed: work flows.
    pub(crate) fn new(work: Work) -> Arc<Self> {
        Arc::new(Self {
            work,
            state: watch::Sender::new(State::Closed),
            trial: Lock::default(),
            ending: AtomicBool::new(false),
            pace: Mutex::new(Pace::new()),
            opened: Counter::default(),
            was_open: AtomicU64::new(0),
        })
    }

    /// Work turned out to be impossible. Where that was known, this is the newest reason.
    pub(crate) fn open(&self, away: &Unavailable) {
        let (mut is_new, mut is_worse) = (false, false);
        self.state.send_if_modified(|state| {
            if let State::Open(outage) = state {
                is_worse = away.permanent && !outage.away.permanent;
                outage.away = away.clone();
            } else if *state == State::Closed {
                is_new = true;
                let outage = Outage { since: Instant::now(), away: away.clone() };
                let is_ending = self.ending.load(Ordering::Relaxed);
                *state = if is_ending { State::GivenUp } else { State::Open(outage) };
            }
            is_new
        });
        self.opened.add(usize::from(is_new));
        if is_new || is_worse {
            self.begin(away);
        } else {
            self.remind(away);
        }
    }

    /// A piece of work succeeded.
    pub(crate) fn close(&self) {
        self.state.send_if_modified(|state| {
            let State::Open(outage) = state else { return false };
            let took = outage.since.elapsed();
            self.was_open.fetch_add(u64::try_from(took.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            self.pace().close();
            tracing::info!("{} again after {:.1} s", self.work.resumes(), took.as_secs_f64());
            *state = State::Closed;
            true
        });
    }

    /// Waits for the right to work: at once while work flows, else for the turn to try.
    ///
    /// # Errors
    /// Where the process is ending and work still cannot succeed.
    ///
    /// # Cancel safety
    /// Safe; dropped, it loses its place in the order.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, GivenUp> {
        let trial = async {
            let trial = self.trial.lock().await;
            sleep(self.pause()).await;
            trial
        };
        tokio::select! {
            biased;
            closed = self.closed() => closed.map(|()| Turn::Free),
            trial = trial => Ok(Turn::Trial(trial)),
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

    /// Waits until work cannot succeed.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn opens(&self) {
        let mut state = self.state.subscribe();
        let opened = state.wait_for(|state| matches!(state, State::Open(_))).await;
        drop(opened.expect("the breaker owns the sender"));
    }

    /// Why it is open, if it is.
    pub(crate) fn is_open(&self) -> Option<Outage> {
        match &*self.state.borrow() {
            State::Open(outage) => Some(outage.clone()),
            State::Closed | State::GivenUp => None,
        }
    }

    /// How long it was open in all.
    pub(crate) fn open_for(&self) -> Duration {
        let now = self.is_open().map_or(Duration::ZERO, |outage| outage.since.elapsed());
        Duration::from_millis(self.was_open.load(Ordering::Relaxed)) + now
    }

    /// From now on nothing waits: work that cannot succeed is given up, now or as soon as it turns
    /// out to be impossible.
    pub(crate) fn give_up(&self) {
        self.ending.store(true, Ordering::Relaxed);
        self.state.send_if_modified(|state| {
            let open = matches!(state, State::Open(_));
            if open {
                *state = State::GivenUp;
            }
            open
        });
    }

    fn pause(&self) -> Duration {
        let in_doubt = self.is_open().is_some_and(|outage| outage.away.in_doubt);
        self.pace().pause(in_doubt)
    }

    fn begin(&self, away: &Unavailable) {
        self.pace().open();
        let (error, what) = (&away.error, self.work.stops(away.permanent));
        if away.permanent {
            tracing::error!(?error, "receiving stopped: {what}");
        } else {
            tracing::warn!(?error, "receiving stopped: {what}");
        }
    }

    fn remind(&self, away: &Unavailable) {
        let mut pace = self.pace();
        if pace.reminds() {
            let (error, what) = (&away.error, self.work.stops(away.permanent));
            tracing::warn!(?error, trials = pace.failures, "nothing is received yet: {what}");
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().expect("nothing panics while holding the pace")
    }
}

impl Work {
    fn stops(self, permanent: bool) -> &'static str {
        match (self, permanent) {
            (Self::Handle, false) => "work is unavailable; in-flight messages are kept",
            (Self::Handle, true) => "work needs help; in-flight messages are kept",
            (Self::Delete, _) => "SQS deletes nothing; what was stored is deleted as soon as it can be",
        }
    }

    fn resumes(self) -> &'static str {
        match self {
            Self::Handle => "receiving",
            Self::Delete => "deleting and receiving",
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn away() -> Unavailable {
        Unavailable::passing("gone")
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_it_was_open_adds_up() {
        let breaker = Breaker::new(Work::Handle);
        for _ in 0..2 {
            breaker.open(&away());
            advance(SECOND * 3).await;
            assert!(breaker.is_open().is_some_and(|outage| outage.since.elapsed() == SECOND * 3));
            breaker.close();
            advance(SECOND * 50).await;
        }
        breaker.open(&away());
        advance(SECOND).await;
        assert_eq!((breaker.open_for(), breaker.opened.get()), (SECOND * 7, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_may_try_and_all_go_on_once_that_succeeds() {
        let breaker = Breaker::new(Work::Handle);
        assert!(matches!(breaker.turn().await, Ok(Turn::Free)));
        breaker.open(&away());
        let trial = breaker.turn().await.unwrap();
        assert!(matches!(trial, Turn::Trial(_)));
        assert!(tokio::time::timeout(SECOND * 60, breaker.turn()).await.is_err());
        breaker.close();
        assert!(matches!(breaker.turn().await, Ok(Turn::Free)));
        drop(trial);
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_end_work_that_succeeds_goes_on_and_work_that_cannot_is_given_up() {
        let breaker = Breaker::new(Work::Handle);
        breaker.give_up();
        assert!(matches!(breaker.turn().await, Ok(Turn::Free)));
        breaker.open(&away());
        assert!(breaker.turn().await.is_err());
    }
}
