//! What the picture is drawn from, kept beside it, so that it can be drawn again.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::drain::Drain;
use crate::folder;
use crate::picture::Picture;
use crate::say::progress;

/// A run of `drain`, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// What it was measured on.
    pub machine: String,
    /// One for each site.
    pub drains: Vec<Drain>,
}

impl Record {
    /// The last one.
    pub fn load() -> Result<Self> {
        let text = std::fs::read_to_string(path()).context("no docs/bench.json: run `make bench` first")?;
        serde_json::from_str(&text).context("docs/bench.json")
    }

    /// Keeps it.
    pub fn save(&self) -> Result<()> {
        std::fs::create_dir_all(folder::docs())?;
        std::fs::write(path(), serde_json::to_string_pretty(self)? + "\n").context("docs/bench.json")
    }

    /// Draws it, as `docs/bench.svg`.
    pub fn draw(&self) -> Result<()> {
        let drain = self.drains.first().context("nothing was drained")?;
        let picture = Picture::new(drain, &self.machine);
        std::fs::write(folder::docs().join("bench.svg"), picture.to_string()).context("docs/bench.svg")?;
        progress("drew docs/bench.svg");
        Ok(())
    }
}

fn path() -> PathBuf {
    folder::docs().join("bench.json")
}
