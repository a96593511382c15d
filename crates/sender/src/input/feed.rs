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

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::input::reader::Told;
    use crate::input::tests::{input, items};
    use crate::journal::JournalError;

    fn feed(told: Vec<Told>) -> (InputFeed, Journal) {
        let journal = Journal::default();
        (InputFeed::new(input(told, None), 1, journal.clone(), ProgressBar::hidden()), journal)
    }

    async fn numbers(feed: &mut InputFeed) -> Vec<u64> {
        feed.take(2).await.iter().map(|message| message.number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn lines_that_are_no_messages_are_passed_over_and_counted() {
        let (mut feed, journal) = feed(vec![items(3..4), items(6..7), items(7..10), Told::End]);
        assert_eq!(numbers(&mut feed).await, [7, 8], "an empty answer would be the end");
        assert!(numbers(&mut feed).await.is_empty());
        assert_eq!(feed.bar.position(), 90);
        let summary = journal.summary();
        assert_eq!((summary.unreadable, summary.resume_at), (3, None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_input_that_breaks_off_is_told_to_the_journal() {
        let (mut feed, journal) = feed(vec![Told::Failed(io::ErrorKind::Other.into())]);
        assert!(numbers(&mut feed).await.is_empty());
        assert!(matches!(journal.summary().failure, Some(JournalError::Input(_))));
    }
}
