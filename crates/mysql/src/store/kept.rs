//! A row that was stored lately, kept for the witness.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A row is kept so often at the most, and up to so many bytes.
const EVERY: Duration = Duration::from_secs(1);
const BYTES: usize = 64 << 10;

/// One of the rows that were stored last.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    /// Keeps what `choose` makes of the rows; it is told how many bytes that may have.
    pub(crate) fn keep(&self, choose: impl FnOnce(usize) -> Option<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|(at, _)| at.elapsed() < EVERY) {
            return;
        }
        if let Some(row) = choose(BYTES) {
            *kept = Some((Instant::now(), row));
        }
    }

    pub(crate) fn get(&self) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|(_, row)| row.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_row_a_second_is_kept_and_no_large_one() {
        let kept = Kept::default();
        let keep = |row: &'static str, bytes: usize| kept.keep(|most| (bytes <= most).then_some(row));
        keep("large", BYTES + 1);
        assert_eq!(kept.get(), None);
        keep("first", BYTES);
        keep("second", 1);
        assert_eq!(kept.get(), Some("first"));
        tokio::time::sleep(EVERY).await;
        keep("third", 1);
        assert_eq!(kept.get(), Some("third"));
    }
}
