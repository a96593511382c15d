//! How polling goes: which polls are open, whether they fail, how old messages are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use shared::error::ServiceError;
use shared::message::Received;
use tokio::time::Instant;

/// A poll that waits this long found the queue empty.
const WAITS: Duration = Duration::from_secs(1);

/// The polls of all receivers together.
#[derive(Debug)]
pub(crate) struct Polling(Mutex<State>);

#[derive(Debug)]
struct State {
    /// When each began, in that order.
    open: BTreeMap<u64, Instant>,
    next: u64,
    ended: Instant,
    /// When the oldest message of the last answer was sent.
    oldest: Option<SystemTime>,
    failing: Option<Failing>,
}

/// Since when polls fail, and why the last one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failing {
    pub(crate) since: Instant,
    pub(crate) error: String,
}

impl Polling {
    /// None yet.
    pub(crate) fn new() -> Self {
        let open = BTreeMap::new();
        Self(Mutex::new(State { open, next: 0, ended: Instant::now(), oldest: None, failing: None }))
    }

    /// A poll goes out. Returns its number.
    pub(super) fn begin(&self) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.open.insert(number, Instant::now());
        number
    }

    /// It came back.
    pub(super) fn end(&self, number: u64, answer: Result<&[Received], &ServiceError>) {
        let oldest = |received: &Received| received.message.sent_at;
        let mut state = self.state();
        state.open.remove(&number);
        state.ended = Instant::now();
        match answer {
            Ok(received) => {
                state.oldest = received.iter().filter_map(oldest).min();
                state.failing = None;
            }
            Err(fault) => {
                let since = state.failing.take().map_or_else(Instant::now, |failing| failing.since);
                state.failing = Some(Failing { since, error: fault.to_string() });
            }
        }
    }

    /// Polls under way.
    pub(crate) fn open(&self) -> usize {
        self.state().open.len()
    }

    /// Since when nothing has happened: since the oldest open poll began; without one, since the
    /// last ended.
    pub(crate) fn silent_since(&self) -> Instant {
        let state = self.state();
        state.open.values().next().copied().unwrap_or(state.ended)
    }

    /// When the newest of the open polls began.
    pub(crate) fn newest(&self) -> Option<Instant> {
        self.state().open.values().next_back().copied()
    }

    /// Why polls fail, if they do.
    pub(crate) fn fails(&self) -> Option<Failing> {
        self.state().failing.clone()
    }

    /// How old the oldest message is that the last answer brought; nothing, where it brought none
    /// or a poll has been waiting since. While nobody polls, it goes on ageing.
    pub(crate) fn oldest(&self) -> Duration {
        let state = self.state();
        let waits = state.open.values().next_back().is_some_and(|began| began.elapsed() > WAITS);
        match state.oldest {
            Some(sent) if !waits => SystemTime::now().duration_since(sent).unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding the state")
    }
}
