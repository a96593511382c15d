//! A start: opens queue and database, and waits for what is away, while others may see for what.

use engine::monitor::Startup;
use runtime::patience::until_there;

use crate::StartError;

/// Opens what the check called `name` is about. Waits for it while it is away, unless it is to
/// `fail_fast`. `what` names it to people.
///
/// # Errors
/// Returns the error of `open` if it does not pass by itself, or was told not to wait.
///
/// # Cancel safety
/// As safe as `open`.
pub(crate) async fn open<T, F: Future<Output = Result<T, StartError>> + Send>(
    startup: &Startup,
    fail_fast: bool,
    (name, what): (&'static str, &str),
    mut open: impl FnMut() -> F + Send,
) -> Result<T, StartError> {
    startup.opening(name, what);
    let opened = if fail_fast {
        open().await
    } else {
        until_there(what, open, |error| startup.failed(name, error)).await
    };
    if opened.is_ok() {
        startup.opened(name);
    }
    opened
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::error::{ErrorKind, ServiceError};
    use sqs::queue::OpenError;
    use tokio::time::{Instant, timeout};

    use super::{StartError, Startup};

    fn error(kind: ErrorKind) -> StartError {
        OpenError::new("q", ServiceError::of(kind, "GetQueueUrl", "no route")).into()
    }

    /// Away for a minute.
    async fn open(startup: &Startup, fail_fast: bool) -> Result<(), StartError> {
        let began = Instant::now();
        let open = || async {
            match began.elapsed().as_secs() {
                0..60 => Err(error(ErrorKind::Unavailable)),
                _ => Ok(()),
            }
        };
        super::open(startup, fail_fast, ("queue", "the queue q"), open).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_waited_for_and_shown_meanwhile() {
        let startup = Startup::new();
        assert!(timeout(Duration::from_secs(30), open(&startup, false)).await.is_err());
        let checks = startup.ready();
        let queue = checks.iter().find(|check| check.name == "queue").unwrap();
        assert!(!queue.ok && queue.detail.contains("no route"), "{}", queue.detail);
        assert!(open(&startup, false).await.is_ok());
        assert!(startup.ready().iter().all(|check| check.ok == (check.name != "process")));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_denied_is_not_waited_for_nor_anything_where_that_was_asked_for() {
        let (began, startup) = (Instant::now(), Startup::new());
        let denied = || async { Err::<(), _>(error(ErrorKind::Denied)) };
        assert!(super::open(&startup, false, ("queue", "q"), denied).await.is_err());
        assert!(open(&startup, true).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
