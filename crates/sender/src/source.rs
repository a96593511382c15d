//! Hands out the messages of a feed as they are due, as many at a time as a call holds.

use shared::limits::MAX_BATCH;
use tokio::time::{Instant, sleep_until};

use crate::feed::{Feed, Numbered};
use crate::pace::{Pace, Pacer};

/// Messages at a pace.
#[derive(Debug)]
pub struct Source<F> {
    feed: F,
    pacer: Pacer,
    /// Those that are due and not handed out.
    due: usize,
}

impl<F: Feed> Source<F> {
    /// Messages of `feed`, of which the first is due at `now`.
    pub fn new(feed: F, pace: Pace, now: Instant) -> Self {
        Self { feed, pacer: Pacer::new(pace, now), due: 0 }
    }

    /// What is due next, at least one message; nothing once the feed has ended.
    ///
    /// # Cancel safety
    /// Dropped, nothing is lost.
    pub async fn next(&mut self) -> Vec<Numbered> {
        while !self.is_due() {
            sleep_until(self.pacer.next()).await;
        }
        let messages = self.feed.take(self.due).await;
        self.due -= messages.len();
        messages
    }

    /// Whether anything is due now.
    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        while self.due < MAX_BATCH && self.pacer.take(now) {
            self.due += 1;
        }
        self.due > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greeting::Greetings;

    #[tokio::test(start_paused = true)]
    async fn what_is_due_comes_as_calls_hold_it_until_the_feed_ends() {
        let mut source = Source::new(Greetings::new(5..28, None), Pace::MAX, Instant::now());
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let messages = source.next().await;
            numbers.push(messages.iter().map(|message| message.number).collect::<Vec<_>>());
        }
        assert_eq!(numbers, [(5..15).collect(), (15..25).collect(), vec![25, 26, 27], vec![]]);
    }
}
