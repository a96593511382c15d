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

#[cfg(test)]
mod tests {
    use outbound::Outgoing;
    use tokio::sync::mpsc;

    use super::item::Unreadable;
    use super::*;

    /// An input whose reader says this, and then dies.
    pub(super) fn input(told: Vec<Told>, count: Option<u64>) -> Input {
        let (say, told_by) = mpsc::channel(told.len());
        for told in told {
            say.try_send(told).unwrap();
        }
        let (naming, chunk, left) = (Naming::Anew, Vec::new().into_iter(), count.unwrap_or(u64::MAX));
        Input { naming, bytes: None, told: told_by, chunk, left }
    }

    /// Lines with these numbers, of which every third is no message.
    pub(super) fn items(numbers: std::ops::Range<u64>) -> Told {
        let bad = || Unreadable { why: "it is bad".to_owned(), offset: 0, content: None };
        let message =
            |number: u64| if number.is_multiple_of(3) { Err(bad()) } else { Ok(Outgoing::new("id", "b")) };
        Told::Items(
            numbers.map(|number| Item { number, end: number * 10, message: message(number) }).collect(),
        )
    }

    async fn take(input: &mut Input, most: usize) -> Vec<u64> {
        input.take(most).await.unwrap().iter().map(|item| item.number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn lines_come_as_many_as_are_asked_for_until_the_end() {
        let mut input = input(vec![items(1..6), items(6..8), Told::End], None);
        assert_eq!(take(&mut input, 3).await, [1, 2, 3]);
        assert_eq!(take(&mut input, 3).await, [4, 5], "nobody waits for those behind");
        assert_eq!(take(&mut input, 3).await, [6, 7]);
        assert!(take(&mut input, 3).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_ends_an_input() {
        let mut input = input(vec![items(1..6)], Some(4));
        assert_eq!(take(&mut input, 3).await, [1, 2, 3]);
        assert_eq!(take(&mut input, 3).await, [4]);
        assert!(take(&mut input, 3).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_died_is_no_end() {
        let mut input = input(vec![items(1..2)], None);
        assert_eq!(take(&mut input, 3).await, [1]);
        assert!(input.take(3).await.is_err());
    }
}
