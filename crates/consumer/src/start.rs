//! A start: opens queue and database, and waits for what is away, while others may see for what.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use shared::exit::Ends;
use shared::patience::until_there;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::monitor::Check;

/// What a start still waits for.
#[derive(Debug)]
pub struct Start {
    /// Whether what is away ends the start instead of being waited for.
    fail_fast: bool,
    began: (Instant, SystemTime),
    waits: Mutex<BTreeMap<&'static str, Wait>>,
}

/// One thing that is not open yet.
#[derive(Debug)]
struct Wait {
    /// It, and where it is.
    what: String,
    /// Why not, if it was tried.
    error: Option<String>,
}

impl Start {
    /// A start that begins now.
    pub fn new(fail_fast: bool) -> Self {
        Self { fail_fast, began: (Instant::now(), SystemTime::now()), waits: Mutex::default() }
    }

    /// Opens what the check called `name` is about, and waits for it while it is away. `what` names
    /// it to people.
    ///
    /// # Errors
    /// Returns the error of `open` if it does not pass by itself, or was told not to wait.
    pub async fn open<T>(
        &self,
        name: &'static str,
        what: &str,
        mut open: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.waits().insert(name, Wait { what: what.to_owned(), error: None });
        let opened = if self.fail_fast {
            open().await
        } else {
            until_there(what, open, |error| self.failed(name, error)).await
        };
        if opened.is_ok() {
            self.waits().remove(name);
        }
        opened
    }

    /// Whether the process lives: a restart would not help.
    pub fn live(&self) -> Check {
        Check { name: "process", ok: true, detail: "starting".into() }
    }

    /// What it waits for, and why.
    pub fn ready(&self) -> Vec<Check> {
        let waits = self.waits();
        let check = |name| match waits.get(name) {
            Some(wait) => Check { name, ok: false, detail: self.detail(wait) },
            None => Check { name, ok: true, detail: "is there".into() },
        };
        let process = Check { ok: false, ..self.live() };
        vec![check("database"), check("queue"), process]
    }

    /// When it began, in the clock's time, and how long ago that is in seconds.
    pub(crate) fn began(&self) -> (SystemTime, f64) {
        (self.began.1, self.began.0.elapsed().as_secs_f64())
    }

    fn detail(&self, Wait { what, error }: &Wait) -> String {
        match error {
            Some(error) => {
                format!("waiting for {what} for {} s: {error}", self.began.0.elapsed().as_secs())
            }
            None => format!("opening {what}"),
        }
    }

    fn failed(&self, name: &'static str, error: &impl Ends) {
        if let Some(wait) = self.waits().get_mut(name) {
            wait.error = Some(error.to_string());
        }
    }

    fn waits(&self) -> MutexGuard<'_, BTreeMap<&'static str, Wait>> {
        self.waits.lock().expect("nothing panics while holding it")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::fault::{Fault, Kind};
    use tokio::time::timeout;

    use super::*;
    use crate::queue::OpenError;

    fn error(kind: Kind) -> Failure {
        OpenError::new("q", Fault::of(kind, "GetQueueUrl", "no route")).into()
    }

    /// Away for a minute.
    async fn open(start: &Start) -> Result<(), Failure> {
        let began = Instant::now();
        let open = async || match began.elapsed().as_secs() {
            0..60 => Err(error(Kind::Away)),
            _ => Ok(()),
        };
        start.open("queue", "the queue q", open).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_waited_for_and_shown_meanwhile() {
        let start = Start::new(false);
        assert!(timeout(Duration::from_secs(30), open(&start)).await.is_err());
        let checks = start.ready();
        let queue = checks.iter().find(|check| check.name == "queue").unwrap();
        let detail = &queue.detail;
        assert!(!queue.ok && detail.contains("the queue q") && detail.contains("no route"), "{detail}");
        assert!(start.live().ok && checks.iter().any(|check| check.name == "database" && check.ok));
        assert!(open(&start).await.is_ok());
        assert!(start.ready().iter().all(|check| check.ok == (check.name != "process")));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_denied_is_not_waited_for_nor_anything_where_that_was_asked_for() {
        let began = Instant::now();
        let denied = async || Err::<(), _>(error(Kind::Denied));
        assert!(Start::new(false).open("queue", "q", denied).await.is_err());
        assert!(open(&Start::new(true)).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
