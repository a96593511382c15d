//! An input as a feed of messages. What is none goes into the journal.

use indicatif::ProgressBar;

use super::Input;
use super::item::Item;
use crate::feed::{Feed, Numbered};
use crate::journal::Journal;

/// The messages of an input, numbered by line.
#[derive(Debug)]
pub struct InputFeed {
    input: Input,
    journal: Journal,
    bar: ProgressBar,
}

impl InputFeed {
    /// Messages of `input`, whose first line has the number `first`. `bar` shows how many bytes were read.
    pub fn new(input: Input, first: u64, journal: Journal, bar: ProgressBar) -> Self {
        journal.input_begins(first);
        Self { input, journal, bar }
    }

    fn numbered(&self, item: Item) -> Option<Numbered> {
        let Item { number, end, message } = item;
        self.bar.set_position(end);
        match message {
            Ok(message) => Some(Numbered { number, message }),
            Err(unreadable) => {
                self.journal.unreadable(number, &unreadable);
                None
            }
        }
    }
}

impl Feed for InputFeed {
    async fn take(&mut self, most: usize) -> Vec<Numbered> {
        loop {
            let items = match self.input.take(most).await {
                Ok(items) if !items.is_empty() => items,
                Ok(_) => break self.journal.input_ended(),
                Err(error) => break self.journal.input_failed(error),
            };
            let messages: Vec<_> = items.into_iter().filter_map(|item| self.numbered(item)).collect();
            if !messages.is_empty() {
                return messages;
            }
        }
        Vec::new()
    }
}
