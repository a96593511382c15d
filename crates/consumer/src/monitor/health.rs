//! Whether all is well, and if not, what is wrong.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::Monitor;
use crate::handler::Away;

/// A call to SQS beyond the wait for messages, the longest pause after one that failed, and some.
const SLACK: Duration = Duration::from_secs(10 + 10 + 5);

/// What to say of a run in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All is well.
    Healthy,
    /// Receiving is stopped: the handler cannot work.
    DatabaseAway,
    /// Receives fail.
    QueueAway,
    /// No poll comes to an end, or none is begun, and nothing explains it.
    Stalled,
    /// Receiving is paused by request.
    Paused,
    /// It was asked to stop.
    Draining,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// How it is.
    pub detail: String,
}

impl Check {
    fn new(name: &'static str, ok: bool, detail: impl Into<String>) -> Self {
        Self { name, ok, detail: detail.into() }
    }
}

impl Monitor {
    /// Whether polling moves on. A restart helps where it does not. Known only while somebody
    /// [`watch`](Self::watch)es.
    pub fn live(&self) -> Check {
        let view = &self.view;
        let most = view.settings.wait_time + SLACK;
        let since = view.meters.polling.silent_since().max(self.excused());
        let silent = since.elapsed();
        let detail = match self.excuse() {
            Some(excuse) => excuse.to_owned(),
            None if silent > most => format!(
                "no poll has begun or ended for {} s, and nothing is in the way of one",
                silent.as_secs()
            ),
            None => format!("the last poll began or ended {} s ago", silent.as_secs()),
        };
        Check::new("polling", silent <= most, detail)
    }

    /// Whether messages can be worked on now: the database, the queue and the breaker between
    /// them; and whether it was asked to stop.
    ///
    /// The database is asked for itself, as the breaker learns of it only from messages.
    pub async fn ready(&self) -> Vec<Check> {
        let known = self.view.breaker.is_open().is_some();
        self.ready_by(if known { Ok(()) } else { self.view.probe.get().await })
    }

    /// As the database answered.
    pub(super) fn ready_by(&self, probed: Result<(), Away>) -> Vec<Check> {
        let stays = !self.view.stop.is_cancelled();
        let process = if stays { "runs" } else { "draining" };
        let breaker = self.breaker();
        let database = match probed {
            _ if !breaker.ok => Check { name: "database", ..breaker.clone() },
            Ok(()) => Check::new("database", true, "takes rows"),
            Err(away) => Check::new("database", false, away.error),
        };
        vec![database, self.queue(), breaker, Check::new("process", stays, process)]
    }

    /// The state, from what [`ready`](Self::ready) found.
    pub(super) fn state(&self, ready: &[Check]) -> State {
        let fails = |name| ready.iter().any(|check| check.name == name && !check.ok);
        match () {
            () if fails("process") => State::Draining,
            () if fails("database") => State::DatabaseAway,
            () if fails("queue") => State::QueueAway,
            () if !self.live().ok => State::Stalled,
            () if self.view.pause.is_paused() => State::Paused,
            () => State::Healthy,
        }
    }

    /// What keeps a healthy consumer from polling.
    pub(super) fn excuse(&self) -> Option<&'static str> {
        let view = &self.view;
        match () {
            () if view.stop.is_cancelled() => Some("draining: there are no more polls"),
            () if view.breaker.is_open().is_some() => Some("the database is away: nothing is received"),
            () if view.pause.is_paused() => Some("paused: nothing is received"),
            () if view.leases.held() >= view.settings.max_in_flight => {
                Some("as many are in flight as may be")
            }
            () if view.capacity.is_heavy() => Some("as many bytes are in flight as may be"),
            () => None,
        }
    }

    fn breaker(&self) -> Check {
        match self.view.breaker.is_open() {
            Some((since, away)) => {
                let help = if away.needs_help { "has needed help" } else { "has been away" };
                let detail = format!("the database {help} for {}: {}", ago(since), away.error);
                Check::new("breaker", false, detail)
            }
            None => Check::new("breaker", true, "closed"),
        }
    }

    fn queue(&self) -> Check {
        match self.view.meters.polling.fails() {
            Some(failing) => {
                let detail = format!("receives have failed for {}: {}", ago(failing.since), failing.error);
                Check::new("queue", false, detail)
            }
            None => Check::new("queue", true, "answers"),
        }
    }
}

fn ago(since: Instant) -> String {
    format!("{} s", since.elapsed().as_secs())
}
