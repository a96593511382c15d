//! What the picture of distances is drawn from.

use std::fmt::Display;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::drains::Drains;
use super::picture::Picture;
use crate::record::Record;

/// A run of `distance`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Distances {
    /// What it was measured on.
    pub machine: String,
    /// The drains.
    pub drains: Drains,
}

impl Record for Distances {
    const NAME: &str = "distance";
    const COMMAND: &str = "make bench ARGS=\"distance\"";

    fn picture(&self) -> Result<impl Display> {
        Ok(Picture::new(&self.drains, &self.machine))
    }
}
