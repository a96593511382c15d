//! Calls to the queue that keep failing: the log says so once, with cause and remedy, then once a minute.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use shared::error::{ErrorKind, ServiceError};
use tokio::time::Instant;

/// Between two reminders in the log.
const REMIND: Duration = Duration::from_mins(1);

/// Calls of one kind.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// As in "… fails".
    what: &'static str,
    failing: Mutex<Option<Failing>>,
}

/// Since when they fail, and why the last one did.
#[derive(Clone, Debug)]
pub(crate) struct Failing {
    pub(crate) since: Instant,
    pub(crate) error: String,
    /// In a row.
    pub(crate) failures: u32,
    told: Instant,
}

impl Trouble {
    /// None yet.
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, failing: Mutex::default() }
    }

    /// A call failed. Returns how many did in a row.
    pub(crate) fn failed(&self, fault: &ServiceError) -> u32 {
        let (now, error) = (Instant::now(), fault.to_string());
        let mut failing = self.failing();
        let is_news = failing.is_none();
        let failing =
            failing.get_or_insert(Failing { since: now, error: String::new(), failures: 0, told: now });
        failing.failures = failing.failures.saturating_add(1);
        failing.error.clone_from(&error);
        if is_news || failing.told.elapsed() >= REMIND {
            failing.told = now;
            self.tell(fault, failing);
        }
        failing.failures
    }

    /// A call succeeded.
    pub(crate) fn succeeded(&self) {
        if let Some(Failing { since, failures, .. }) = self.failing().take() {
            tracing::info!(failures, "{} succeeds again after {} s", self.what, since.elapsed().as_secs());
        }
    }

    /// A call was answered.
    pub(crate) fn answered<T>(&self, answer: &Result<T, ServiceError>) {
        match answer {
            Ok(_) => self.succeeded(),
            Err(fault) => {
                self.failed(fault);
            }
        }
    }

    /// Why calls fail, if they do.
    pub(crate) fn now(&self) -> Option<Failing> {
        self.failing().clone()
    }

    fn tell(&self, fault: &ServiceError, failing: &Failing) {
        let Failing { failures, since, .. } = failing;
        let (what, remedy, seconds) = (self.what, fault.remedy(), since.elapsed().as_secs());
        if fault.kind == ErrorKind::Unavailable {
            tracing::warn!(error = %fault, failures, seconds, "{what} fails and is tried again: {remedy}");
        } else {
            tracing::error!(error = %fault, failures, seconds, "{what} fails and is tried again: {remedy}");
        }
    }

    fn failing(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().expect("nothing panics while holding it")
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn failures_are_counted_until_one_call_succeeds() {
        let (trouble, fault) =
            (Trouble::new("it"), ServiceError::of(ErrorKind::Denied, "DeleteMessage", "no"));
        assert!(trouble.now().is_none());
        assert_eq!((trouble.failed(&fault), trouble.failed(&fault)), (1, 2));
        advance(REMIND).await;
        assert!(trouble.now().is_some_and(|failing| failing.since.elapsed() == REMIND));
        trouble.succeeded();
        assert!(trouble.now().is_none());
        assert_eq!(trouble.failed(&fault), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_log_says_it_once_and_then_once_a_minute() {
        let (trouble, fault) =
            (Trouble::new("it"), ServiceError::of(ErrorKind::Unavailable, "DeleteMessage", "no"));
        let mut told = std::collections::BTreeSet::new();
        for _ in 0..300 {
            trouble.failed(&fault);
            told.insert(trouble.now().unwrap().told);
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(told.len(), 5);
    }
}
