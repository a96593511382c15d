//! One call of a handler that may panic, or not come to an end.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use crate::delivery::Delivery;
use crate::handler::Handler;
use crate::verdict::Verdict;

/// Why there are no verdicts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The handler panicked, with this text, which may quote a message.
    Panicked(String),
    /// It took too long, and was dropped.
    TimedOut,
}

/// Has the batch handled within `limit`. Returns a verdict for each delivery.
///
/// # Errors
/// Where the handler panicked, took too long, or had too many verdicts or too few.
pub(super) async fn call<H: Handler>(
    handler: &H,
    batch: &[Delivery],
    limit: Duration,
) -> Result<Vec<Verdict>, Failure> {
    caught(async {
        let verdicts = timeout(limit, handler.handle(batch)).await.map_err(|_| Failure::TimedOut)?;
        assert_eq!(batch.len(), verdicts.len(), "a handler gives each delivery one verdict");
        Ok(verdicts)
    })
    .await
    .unwrap_or_else(|panic| Err(Failure::Panicked(panic)))
}

/// Waits for `work`, whose panics go no further.
///
/// # Errors
/// The text of the panic, which may quote a message.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|panic| text(&*panic).unwrap_or("without a text").to_owned())
}

/// What a panic says, if it says anything.
pub(crate) fn text(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does what it is called after.
    enum Fake {
        Answers(usize),
        Panics,
        PanicsWhenDropped,
        Hangs,
    }

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    impl Handler for Fake {
        async fn handle(&self, _: &[Delivery]) -> Vec<Verdict> {
            match self {
                Self::Answers(count) => vec![Verdict::Done; *count],
                Self::Panics => panic!("{}", "as the test wanted"),
                Self::PanicsWhenDropped => {
                    let _bomb = Bomb;
                    std::future::pending().await
                }
                Self::Hangs => std::future::pending().await,
            }
        }
    }

    async fn called(fake: Fake) -> Result<Vec<Verdict>, Failure> {
        let batch =
            [crate::delivery::tests::delivery(crate::delivery::tests::message("x", Vec::new())).await];
        call(&fake, &batch, Duration::from_secs(9)).await
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_a_handler_does_there_is_an_answer() {
        assert_eq!(called(Fake::Answers(1)).await, Ok(vec![Verdict::Done]));
        assert_eq!(called(Fake::Panics).await, Err(Failure::Panicked("as the test wanted".into())));
        assert_eq!(called(Fake::PanicsWhenDropped).await, Err(Failure::Panicked("dropped".into())));
        assert_eq!(called(Fake::Hangs).await, Err(Failure::TimedOut));
        assert!(
            matches!(called(Fake::Answers(2)).await, Err(Failure::Panicked(text)) if text.contains("one verdict"))
        );
    }
}
