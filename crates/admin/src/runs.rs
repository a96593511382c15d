//! The runs that the server shows: one, or several by the names of their queues.

use std::borrow::Cow;
use std::sync::Arc;

use engine::monitor::{Monitor, Status};
use futures_util::future::join_all;
use serde::{Serialize, Serializer};
use tokio::task::JoinSet;

use crate::check::Check;
use crate::exposition::{self, Written};

/// A run under its queue's name.
pub(super) type Run = (String, Arc<Monitor>);

/// At least one run.
#[derive(Debug)]
pub(super) struct Runs {
    runs: Vec<Run>,
    /// Looks at the runs every second, until it is dropped.
    _watch: JoinSet<()>,
}

/// How the runs are: one alone as it is, several by name.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Statuses {
    One(Box<Status>),
    Several {
        #[serde(serialize_with = "by_name")]
        queues: Vec<(String, Status)>,
    },
}

impl Runs {
    /// Watches the runs from now on; `None` where there are none. A name that is there already gets a
    /// number, so that each run keeps its own metrics and its own status.
    pub(super) fn watch(runs: Vec<Run>) -> Option<Self> {
        let mut watch = JoinSet::new();
        for (_, monitor) in &runs {
            let monitor = monitor.clone();
            watch.spawn(async move { monitor.watch().await });
        }
        (!runs.is_empty()).then(|| Self { runs: distinct(runs), _watch: watch })
    }

    /// The runs of these queues, or all where none is named.
    ///
    /// # Errors
    /// Returns the first name that no queue has.
    pub(super) fn of<'a>(&self, names: &[Cow<'a, str>]) -> Result<Vec<&Run>, Cow<'a, str>> {
        let find = |name: &Cow<'a, str>| {
            let found = self.runs.iter().find(|(queue, _)| queue == name);
            found.ok_or_else(|| name.clone())
        };
        if names.is_empty() { Ok(self.runs.iter().collect()) } else { names.iter().map(find).collect() }
    }

    pub(super) fn is_one(&self) -> bool {
        self.runs.len() == 1
    }

    pub(super) fn live(&self) -> Vec<Check> {
        self.named(self.runs.iter().map(|(_, run)| vec![run.live()]))
    }

    /// Asks all at once: the answer takes as long as the slowest of them.
    pub(super) async fn ready(&self) -> Vec<Check> {
        let checks = join_all(self.runs.iter().map(|(_, run)| run.ready())).await;
        self.named(checks)
    }

    pub(super) async fn metrics(&self) -> Written {
        let families = join_all(self.runs.iter().map(|(_, run)| run.families())).await;
        if self.is_one() {
            return exposition::text(&families.concat());
        }
        exposition::labelled(self.runs.iter().map(|(name, _)| name.as_str()).zip(families))
    }

    pub(super) async fn status(&self) -> Statuses {
        let mut statuses = join_all(self.runs.iter().map(|(_, run)| run.status())).await;
        if self.is_one()
            && let Some(status) = statuses.pop()
        {
            return Statuses::One(Box::new(status));
        }
        let names = self.runs.iter().map(|(name, _)| name.clone());
        Statuses::Several { queues: names.zip(statuses).collect() }
    }

    /// Checks of several runs have the queue's name before their own.
    fn named(&self, checks: impl IntoIterator<Item = Vec<engine::monitor::Check>>) -> Vec<Check> {
        let queues = self.runs.iter().map(|(name, _)| (!self.is_one()).then_some(name.as_str()));
        queues.zip(checks).flat_map(|(queue, checks)| Check::of(queue, checks)).collect()
    }
}

fn by_name<S: Serializer>(queues: &[(String, Status)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(queues.iter().map(|(name, status)| (name, status)))
}

/// Queues of two accounts may have one name.
fn distinct<T>(runs: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut distinct: Vec<(String, T)> = Vec::new();
    for (name, run) in runs {
        let is_new = |wanted: &String| distinct.iter().all(|(taken, _)| taken != wanted);
        let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
        let name = std::iter::once(name.clone()).chain(numbered).find(is_new);
        distinct.push((name.unwrap_or_default(), run));
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_of_one_name_are_told_apart_by_a_number() {
        let runs = ["orders", "mails", "orders", "orders"].map(|name| (name.to_owned(), ()));
        let names: Vec<_> = distinct(runs.into()).into_iter().map(|(name, ())| name).collect();
        assert_eq!(names, ["orders", "mails", "orders-2", "orders-3"]);
    }
}
