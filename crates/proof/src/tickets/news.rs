//! What is being broken, for the page: in a file, which is there also while the database is not.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde::Serialize;

/// So many of the last are shown.
const SHOWN: usize = 6;

/// What the page is told.
#[derive(Debug, Serialize)]
pub(super) struct News {
    #[serde(skip)]
    file: PathBuf,
    way: &'static str,
    /// Nothing, where nothing is ever broken.
    now: Option<String>,
    past: VecDeque<Event>,
    counts: BTreeMap<&'static str, u32>,
}

#[derive(Debug, Serialize)]
struct Event {
    /// Milliseconds since 1970.
    at: u128,
    what: String,
}

impl News {
    pub(super) fn of(file: PathBuf, is_naive: bool, breaks: bool) -> Result<Self> {
        let (way, now) = (if is_naive { "naive" } else { "right" }, breaks.then(String::new));
        let news = Self { file, way, now, past: VecDeque::new(), counts: BTreeMap::new() };
        news.write()?;
        Ok(news)
    }

    /// This is broken from now on, and counts as one of a `kind`.
    pub(super) fn begins(&mut self, kind: &'static str, what: &str) -> Result<()> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        self.now = Some(what.to_owned());
        self.past.push_front(Event { at, what: what.to_owned() });
        self.past.truncate(SHOWN);
        *self.counts.entry(kind).or_default() += 1;
        self.write()
    }

    /// All works again.
    pub(super) fn ends(&mut self) -> Result<()> {
        self.now = self.now.take().map(|_| String::new());
        self.write()
    }

    /// What was broken, and how often.
    pub(super) fn counts(&self) -> String {
        let counts = self.counts.iter().map(|(kind, count)| format!("{kind} {count}×"));
        counts.collect::<Vec<_>>().join(", ")
    }

    /// In one step: it is read at any time.
    fn write(&self) -> Result<()> {
        let new = self.file.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(self)?)?;
        Ok(std::fs::rename(new, &self.file)?)
    }
}
