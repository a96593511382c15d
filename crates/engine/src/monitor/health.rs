//! Whether all is well, and if not, what is wrong.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::Monitor;
use crate::breaker::Outage;

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
    /// Receiving is stopped: the handler cannot work until it gets help.
    NeedsHelp,
    /// Receives fail.
    QueueAway,
    /// Deletes or changes of visibility fail. Without deletes receiving is stopped.
    NotSettling,
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
        let since = view.metrics.polling.silent_since().max(self.excused());
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

    /// Whether messages can be worked on now: what the last work says of the database, and a look at
    /// its connection; the queue; whether what is done can be settled; and whether it was asked to
    /// stop. Answers within a quarter of a second: a look that takes longer is for the next answer.
    ///
    /// A database that dies, freezes or becomes read-only is noticed within 6 s while this is asked
    /// every second, also where no messages arrive. A right to write that was lost is noticed only
    /// by work.
    pub async fn ready(&self) -> Vec<Check> {
        let stays = !self.view.stop.is_cancelled();
        let process = if stays { "runs" } else { "draining" };
        let breaker = self.breaker();
        let database =
            if breaker.ok { self.database().await } else { Check { name: "database", ..breaker.clone() } };
        vec![database, self.queue(), self.settlement(), breaker, Check::new("process", stays, process)]
    }

    async fn database(&self) -> Check {
        match self.view.look.soon().await {
            Some(Ok(())) => Check::new("database", true, "answers"),
            Some(Err(away)) => Check::new("database", false, away.error),
            None => Check::new("database", false, "has not answered yet"),
        }
    }

    /// The state, from what [`ready`](Self::ready) found.
    pub(super) fn state(&self, ready: &[Check]) -> State {
        let fails = |name| ready.iter().any(|check| check.name == name && !check.ok);
        match () {
            () if fails("process") => State::Draining,
            () if self.permanent() => State::NeedsHelp,
            () if fails("database") => State::DatabaseAway,
            () if fails("queue") => State::QueueAway,
            () if fails("settlement") => State::NotSettling,
            () if !self.live().ok => State::Stalled,
            () if self.view.gate.pause.is_paused() => State::Paused,
            () => State::Healthy,
        }
    }

    fn permanent(&self) -> bool {
        self.view.gate.breaker.is_open().is_some_and(|outage| outage.away.permanent)
    }

    /// What keeps a healthy consumer from polling.
    pub(super) fn excuse(&self) -> Option<&'static str> {
        let view = &self.view;
        match () {
            () if view.stop.is_cancelled() => Some("draining: there are no more polls"),
            () if view.gate.breaker.is_open().is_some() => Some("work is unavailable: nothing is received"),
            () if view.gate.deletes.is_open().is_some() => Some("SQS deletes nothing: nothing is received"),
            () if view.gate.pause.is_paused() => Some("paused: nothing is received"),
            () if view.leases.held() >= view.settings.max_in_flight => {
                Some("as many are in flight as may be")
            }
            () if view.capacity.is_heavy() => Some("as many bytes are in flight as may be"),
            () => None,
        }
    }

    fn breaker(&self) -> Check {
        match self.view.gate.breaker.is_open() {
            Some(Outage { since, away }) => {
                let help = if away.permanent { "has needed help" } else { "has been unavailable" };
                let detail = format!("work {help} for {}: {}", ago(since), away.error);
                Check::new("breaker", false, detail)
            }
            None => Check::new("breaker", true, "closed"),
        }
    }

    /// Whether what is done can be settled.
    pub(crate) fn settlement(&self) -> Check {
        let view = &self.view;
        let failing = |what, since, error| {
            Check::new("settlement", false, format!("{what} for {}: {error}", ago(since)))
        };
        if let Some(Outage { since, away }) = view.gate.deletes.is_open() {
            return failing("nothing could be deleted", since, away.error);
        }
        let troubles = [
            (&view.changes, "changes of visibility have failed"),
            (&view.dead_letters, "sends to the dead-letter queue have failed"),
        ];
        match troubles.into_iter().find_map(|(trouble, what)| Some((what, trouble.now()?))) {
            Some((what, now)) => failing(what, now.since, now.error),
            None => Check::new("settlement", true, "succeeds"),
        }
    }

    fn queue(&self) -> Check {
        match self.view.metrics.polling.fails() {
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
