//! Says in the log that handlers panic: once, and then once a minute with how many did.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

/// Between two lines in the log.
const REMIND: Duration = Duration::from_mins(1);

/// Panics of a handler.
#[derive(Debug, Default)]
pub(crate) struct Panics(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    at: Option<Instant>,
    /// Since then.
    panics: usize,
}

impl Panics {
    /// None yet.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Some messages made the handler panic. The text of a panic may quote a message, so it is not logged.
    pub(crate) fn happened(&self, panics: usize) {
        if let Some(panics) = self.to_tell(panics) {
            tracing::error!(panics, "a handler panicked: its message is tried again, and others go on");
        }
    }

    /// How many are to be told of, if it is time for that.
    fn to_tell(&self, panics: usize) -> Option<usize> {
        let mut told = self.0.lock().expect("nothing panics while holding it");
        told.panics += panics;
        let is_due = told.panics > 0 && told.at.is_none_or(|at| at.elapsed() >= REMIND);
        is_due.then(|| {
            told.at = Some(Instant::now());
            std::mem::take(&mut told.panics)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_log_tells_of_the_first_panic_and_then_once_a_minute_of_all_in_between() {
        let panics = Panics::default();
        assert_eq!(panics.to_tell(0), None);
        let mut told = Vec::new();
        for _ in 0..150 {
            told.extend(panics.to_tell(2));
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(told, [2, 120, 120]);
    }
}
