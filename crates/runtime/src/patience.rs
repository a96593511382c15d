//! Waiting, at a start, for what passes by itself: tries again, and says so once and then once a minute.

use std::time::Duration;

use shared::backoff::Backoff;
use tokio::time::{Instant, sleep};

use crate::exit::Ends;

/// Between two tries. Many that start together do not come back together.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(5) };
/// Less is no rest.
const LEAST: Duration = Duration::from_millis(500);
/// Between two lines in the log.
const REMIND: Duration = Duration::from_mins(1);

/// Tries `open` until it succeeds or fails with an error that does not pass. `failed` is told of
/// each error that passes.
///
/// # Errors
/// Returns the error of `open` that does not pass.
///
/// # Cancel safety
/// As safe as `open`.
pub async fn until_there<T, E: Ends, F: Future<Output = Result<T, E>>>(
    what: &str,
    mut open: impl FnMut() -> F,
    failed: impl Fn(&E),
) -> Result<T, E> {
    let (began, mut told, mut failures) = (Instant::now(), None::<Instant>, 0);
    loop {
        match open().await {
            Err(error) if error.is_passing() => {
                failed(&error);
                if told.is_none_or(|told| told.elapsed() >= REMIND) {
                    told = Some(Instant::now());
                    tracing::warn!("waiting for {what} since {} s: {error}", began.elapsed().as_secs());
                }
            }
            opened => {
                if opened.is_ok() && failures > 0 {
                    tracing::info!("{what} is there after {} s", began.elapsed().as_secs());
                }
                return opened;
            }
        }
        failures += 1;
        sleep(BACKOFF.delay(failures).max(LEAST)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;
    use crate::exit;

    #[derive(Debug, thiserror::Error, PartialEq, Eq)]
    #[error("not there")]
    struct Missing {
        passes: bool,
    }

    impl Ends for Missing {
        fn exit_code(&self) -> u8 {
            exit::FAILED
        }

        fn is_passing(&self) -> bool {
            self.passes
        }
    }

    /// Opens after so many errors, of which `last` may not pass.
    async fn wait(errors: u32, last: bool) -> (Result<(), Missing>, u32) {
        let (tries, failed) = (AtomicU32::new(0), AtomicU32::new(0));
        let open = || async {
            match tries.fetch_add(1, Relaxed) + 1 {
                number if number > errors => Ok(()),
                number => Err(Missing { passes: number < errors || last }),
            }
        };
        let failing = |_: &Missing| {
            failed.fetch_add(1, Relaxed);
        };
        (until_there("it", open, failing).await, failed.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_every_few_seconds_until_it_is_there() {
        let began = Instant::now();
        assert_eq!(wait(100, true).await, (Ok(()), 100));
        assert!((50..500).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_ends_the_wait_at_once() {
        assert_eq!(wait(3, false).await, (Err(Missing { passes: false }), 2));
    }
}
