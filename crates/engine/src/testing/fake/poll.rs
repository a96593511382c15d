//! Long polls: they wait for messages, and go on when nobody waits for their answer any more.

use std::sync::atomic::Ordering::Relaxed;

use shared::error::ServiceError;
use shared::message::Received;
use tokio::time::{Instant, timeout_at};

use super::queue::{FakeQueue, PollLimiter};
use super::{Operation, Touch, Trouble};
use crate::queue::EntryResult;

impl FakeQueue {
    /// Asks for messages. Dropped, the messages are handed out to nobody.
    pub(super) async fn poll(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        assert!((1..=10).contains(&most), "SQS hands out one to ten messages, not {most}");
        let mut open = OpenPoll::new(&self.0.polls);
        let answer = tokio::spawn(self.clone().answer(most)).await.expect("the fake does not panic");
        open.answered = true;
        answer
    }

    async fn answer(self, most: usize) -> Result<Vec<Received>, ServiceError> {
        let call = self.begin(Operation::Receive, most).await?;
        let received = self.wait(most, call.trouble.as_ref()).await;
        let touch = |received: &Received| Touch::new(received.message.id, EntryResult::Ok);
        self.end(&call, received.iter().map(touch).collect())?;
        Ok(received)
    }

    async fn wait(&self, most: usize, trouble: Option<&Trouble>) -> Vec<Received> {
        let end = Instant::now() + self.0.wait;
        loop {
            let news = self.0.news.notified();
            let received = self.hand_out(most, trouble);
            let now = Instant::now();
            if !received.is_empty() || now >= end {
                return received;
            }
            let next = self.message_store().next_visible().filter(|next| *next > now);
            timeout_at(next.map_or(end, |next| next.min(end)), news).await.ok();
        }
    }

    fn hand_out(&self, most: usize, trouble: Option<&Trouble>) -> Vec<Received> {
        let visibility = self.0.visibility;
        let mut all = self.message_store();
        match trouble {
            Some(Trouble::Short(few)) => all.take(most.min(*few), false, visibility),
            Some(Trouble::TooMany(many)) => all.take(*many, false, visibility),
            Some(Trouble::Reversed) => all.take(most, true, visibility),
            Some(Trouble::Twice) if most > 1 && !all.is_fifo => {
                let mut received = all.take(most / 2, false, visibility);
                let again = all.take_again(&received, visibility);
                received.extend(again);
                received
            }
            _ => all.take(most, false, visibility),
        }
    }
}

/// Somebody waits for the answer to a poll.
struct OpenPoll<'a> {
    polls: &'a PollLimiter,
    answered: bool,
}

impl<'a> OpenPoll<'a> {
    fn new(polls: &'a PollLimiter) -> Self {
        let open = polls.open.fetch_add(1, Relaxed) + 1;
        polls.most.fetch_max(open, Relaxed);
        Self { polls, answered: false }
    }
}

impl Drop for OpenPoll<'_> {
    fn drop(&mut self) {
        self.polls.open.fetch_sub(1, Relaxed);
        if !self.answered {
            self.polls.dropped.fetch_add(1, Relaxed);
        }
    }
}
