//! A start: what it waits for before there is anything to work on, for whoever watches.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use tokio::time::Instant;

use super::Check;

/// What a start still waits for.
#[derive(Debug)]
pub struct Startup {
    began: (Instant, SystemTime),
    /// `None`: it is there.
    waits: Mutex<BTreeMap<&'static str, Option<Wait>>>,
    is_over: AtomicBool,
}

/// One thing that is not open yet.
#[derive(Debug)]
struct Wait {
    /// It, and where it is.
    what: String,
    /// Why not, if it was tried.
    error: Option<String>,
}

impl Default for Startup {
    fn default() -> Self {
        Self::new()
    }
}

impl Startup {
    /// A start that begins now.
    pub fn new() -> Self {
        Self {
            began: (Instant::now(), SystemTime::now()),
            waits: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    /// The check called `name` is about something that is being opened; `what` names it to people.
    pub fn opening(&self, name: &'static str, what: &str) {
        self.waits().insert(name, Some(Wait { what: what.to_owned(), error: None }));
    }

    /// It could not be opened, and is tried again.
    pub fn failed(&self, name: &'static str, error: &impl Display) {
        if let Some(Some(wait)) = self.waits().get_mut(name) {
            wait.error = Some(error.to_string());
        }
    }

    /// It is open.
    pub fn opened(&self, name: &'static str) {
        self.waits().insert(name, None);
    }

    /// All that it waited for was there, and there is no run to be shown instead: what
    /// [fails](Self::failed) from now on is shown until it works again.
    pub fn over(&self) {
        self.is_over.store(true, Relaxed);
    }

    /// Whether that was said.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }

    /// Whether the process lives: a restart would not help.
    pub fn live(&self) -> Check {
        let detail = if self.is_over() { "is at work" } else { "starting" };
        Check { name: "process", ok: true, detail: detail.into() }
    }

    /// What it waits for, and why.
    pub fn ready(&self) -> Vec<Check> {
        let check = |(name, wait): (&&'static str, &Option<Wait>)| match wait {
            Some(wait) => Check { name, ok: false, detail: self.detail(wait) },
            None => Check { name, ok: true, detail: "is there".into() },
        };
        let mut checks: Vec<_> = self.waits().iter().map(check).collect();
        checks.push(Check { ok: self.is_over(), ..self.live() });
        checks
    }

    /// When it began, in the clock's time, and how long ago that is in seconds.
    pub fn began(&self) -> (SystemTime, f64) {
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

    fn waits(&self) -> MutexGuard<'_, BTreeMap<&'static str, Option<Wait>>> {
        self.waits.lock().expect("nothing panics while holding it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_shown_until_it_is_open() {
        let startup = Startup::new();
        startup.opening("queue", "the queue q");
        startup.failed("queue", &"no route");
        let checks = startup.ready();
        let queue = checks.iter().find(|check| check.name == "queue").unwrap();
        let detail = &queue.detail;
        assert!(!queue.ok && detail.contains("the queue q") && detail.contains("no route"), "{detail}");
        assert!(startup.live().ok);
        startup.opened("queue");
        assert!(startup.ready().iter().all(|check| check.ok == (check.name != "process")));
        startup.over();
        assert!(startup.ready().iter().all(|check| check.ok));
    }
}
