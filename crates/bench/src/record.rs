//! What the pictures are drawn from, kept beside them, so that they can be drawn again.

use std::fmt::Display;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::drain::Drain;
use crate::folder;
use crate::picture::Picture;
use crate::say::progress;

/// A run of a section, round by round, from which a picture of the same name is drawn.
pub trait Record: Serialize + DeserializeOwned {
    /// Of the two files in `docs`, without what they end in.
    const NAME: &str;
    /// What measures it.
    const COMMAND: &str;

    /// The picture, as SVG.
    ///
    /// # Errors
    /// Where there is nothing to draw.
    fn picture(&self) -> Result<impl Display>;

    /// Reads what the last run has kept.
    ///
    /// # Errors
    /// Where there was none, or its file is damaged.
    fn load() -> Result<Self> {
        let file = format!("{}.json", Self::NAME);
        let text = std::fs::read_to_string(folder::docs().join(&file));
        let text = text.with_context(|| format!("no docs/{file}: run `{}` first", Self::COMMAND))?;
        serde_json::from_str(&text).with_context(|| format!("docs/{file}"))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// Where its file cannot be written.
    fn save(&self) -> Result<()> {
        write(&format!("{}.json", Self::NAME), serde_json::to_string_pretty(self)? + "\n")
    }

    /// Draws it.
    ///
    /// # Errors
    /// Where there is nothing to draw, or the picture cannot be written.
    fn draw(&self) -> Result<()> {
        let file = format!("{}.svg", Self::NAME);
        write(&file, self.picture()?.to_string())?;
        progress(format_args!("drew docs/{file}"));
        Ok(())
    }
}

fn write(file: &str, text: String) -> Result<()> {
    std::fs::create_dir_all(folder::docs())?;
    std::fs::write(folder::docs().join(file), text).with_context(|| format!("docs/{file}"))
}

/// A run of `drain`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drains {
    /// What it was measured on.
    pub machine: String,
    /// One for each site.
    pub drains: Vec<Drain>,
}

impl Record for Drains {
    const NAME: &str = "bench";
    const COMMAND: &str = "make bench";

    fn picture(&self) -> Result<impl Display> {
        Ok(Picture::new(self.drains.first().context("nothing was drained")?, &self.machine))
    }
}
