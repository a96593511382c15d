//! What the picture of distances is drawn from, kept beside it, so that it can be drawn again.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::drains::Drains;
use super::picture::Picture;
use crate::folder;
use crate::say::progress;

/// A run of `distance`, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// What it was measured on.
    pub machine: String,
    /// The drains.
    pub drains: Drains,
}

impl Record {
    /// The last one.
    pub fn load() -> Result<Self> {
        let text = std::fs::read_to_string(path())
            .context("no docs/distance.json: run `make bench ARGS=\"distance\"` first")?;
        serde_json::from_str(&text).context("docs/distance.json")
    }

    /// Keeps it.
    pub fn save(&self) -> Result<()> {
        std::fs::write(path(), serde_json::to_string_pretty(self)? + "\n").context("docs/distance.json")
    }

    /// Draws it, as `docs/distance.svg`.
    pub fn draw(&self) -> Result<()> {
        let picture = Picture::new(&self.drains, &self.machine);
        std::fs::write(folder::docs().join("distance.svg"), picture.to_string())
            .context("docs/distance.svg")?;
        progress("drew docs/distance.svg");
        Ok(())
    }
}

fn path() -> PathBuf {
    folder::docs().join("distance.json")
}
