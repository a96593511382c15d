//! Messages from a file or a pipe, a line a message.
//!
//! ```text
//! place ─> lines ──Line──> item ──Item──> reader ══channel══> Input ─> feed
//!                           ^ name, jsonl
//! ```
//!
//! Memory is bounded by the longest line and a few chunks, however long the input.

use std::io;
use std::path::Path;

use tokio::sync::mpsc::Receiver;

pub mod feed;
pub mod item;
pub mod jsonl;
pub mod lines;
pub mod name;
pub mod place;
pub mod reader;

use item::{Format, Item, Reading};
use name::Naming;
use place::{Opened, PlaceError};
use reader::Told;

/// What is to be read.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The file; `-`: standard input.
    pub path: &'a Path,
    /// What its lines are.
    pub format: Format,
    /// What names it, if not its path.
    pub source: Option<String>,
    /// `MessageGroupId` of what says none.
    pub group: Option<String>,
    /// The first line that is sent, from 1.
    pub first: u64,
    /// Items at most.
    pub count: Option<u64>,
}

/// An input that is being read.
#[derive(Debug)]
pub struct Input {
    naming: Naming,
    bytes: Option<u64>,
    told: Receiver<Told>,
    chunk: std::vec::IntoIter<Item>,
    left: u64,
}

impl Input {
    /// Opens it, and starts to read.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(wanted: Wanted<'_>) -> Result<Self, PlaceError> {
        let Wanted { path, format, source, group, first, count } = wanted;
        let Opened { read, naming, bytes } = place::open(path, source)?;
        let reading = Reading { format, naming: naming.clone(), group };
        let told = reader::start(read, reading, first)
            .map_err(|error| PlaceError::File { path: path.to_owned(), error })?;
        Ok(Self { naming, bytes, told, chunk: Vec::new().into_iter(), left: count.unwrap_or(u64::MAX) })
    }

    /// How its lines are named.
    pub fn naming(&self) -> &Naming {
        &self.naming
    }

    /// How many bytes it has; `None`: only its end will say.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// What is on the next lines that are not empty, at least one and up to `most` of them; nothing at the
    /// end.
    ///
    /// # Errors
    /// Where the input cannot be read.
    ///
    /// # Cancel safety
    /// Dropped, nothing is lost.
    pub async fn take(&mut self, most: usize) -> io::Result<Vec<Item>> {
        while self.left > 0 && self.chunk.as_slice().is_empty() {
            match self.told.recv().await {
                Some(Told::Items(items)) => self.chunk = items.into_iter(),
                Some(Told::End) => self.left = 0,
                Some(Told::Failed(error)) => return Err(error),
                None => return Err(io::Error::other("its reader has died")),
            }
        }
        let most = usize::try_from(self.left).map_or(most, |left| left.min(most));
        let items: Vec<_> = self.chunk.by_ref().take(most).collect();
        self.left -= items.len() as u64;
        Ok(items)
    }
}
