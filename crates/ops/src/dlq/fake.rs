//! A queue in memory with visibility timeouts, for what scans it or sends to it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::queue::EntryResult;
use shared::error::{ErrorKind, ServiceError};
use shared::message::Receipt;
use sqs::dead_letter::message::DeadLetter;
use sqs::dead_letter::outgoing::OutgoingMessage;
use sqs::dead_letter::port::{DeadLetterQueue, Sent};
use sqs::dead_letter::testing::letter;
use tokio::time::{Instant, sleep};

/// Each receive and each extension takes this long.
pub(super) const CALL: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct FakeLetters {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In their order; since when each can be received, and how often it was.
    letters: Vec<(DeadLetter, Option<Instant>, u32)>,
    sent: Vec<OutgoingMessage>,
    /// Bodies that are not taken.
    refused: Vec<String>,
    /// Whether it takes no groups.
    is_groupless: bool,
    /// Whether it is a FIFO queue.
    is_fifo: bool,
    /// Bodies that cannot be taken now.
    failing: Vec<String>,
    /// Bytes of bodies that a call may have.
    most: Option<usize>,
    /// Calls that are still to succeed, and to fail after them.
    spared: u32,
    faults: u32,
}

impl FakeLetters {
    /// With these letters.
    pub(super) fn of(letters: impl IntoIterator<Item = DeadLetter>) -> Self {
        let letters = letters.into_iter().map(|letter| (letter, None, 0)).collect();
        Self { state: Mutex::new(State { letters, ..State::default() }) }
    }

    /// With so many letters, called `m0`, `m1` and so on, of these attributes.
    pub(super) fn with(count: usize, attributes: &[(&str, &str)]) -> Self {
        Self::of((0..count).map(|n| letter(&format!("m{n}"), &format!("b{n}"), attributes)))
    }

    pub(super) fn refuse(&self, body: &str) {
        self.state().refused.push(body.to_owned());
    }

    /// Does not take this body now; others of its call it takes.
    pub(super) fn fail_body(&self, body: &str) {
        self.state().failing.push(body.to_owned());
    }

    /// As a FIFO queue does, hands out nothing of a group while something of it is in hand.
    pub(super) fn keep_order(&self) {
        self.state().is_fifo = true;
    }

    pub(super) fn refuse_groups(&self) {
        self.state().is_groupless = true;
    }

    /// Refuses a call as a whole whose bodies have more bytes.
    pub(super) fn take_bytes(&self, most: usize) {
        self.state().most = Some(most);
    }

    /// As if it had been moved here just now.
    pub(super) fn put(&self, letter: DeadLetter) {
        self.state().letters.push((letter, None, 0));
    }

    pub(super) fn fail(&self, calls: u32) {
        self.fail_after(0, calls);
    }

    /// Of the next calls, those after the first `spared` fail.
    pub(super) fn fail_after(&self, spared: u32, calls: u32) {
        let mut state = self.state();
        (state.spared, state.faults) = (spared, calls);
    }

    /// The letters on it, whoever holds them.
    pub(super) fn left(&self) -> Vec<String> {
        self.state().letters.iter().map(|(letter, ..)| letter.message.message_id.clone()).collect()
    }

    /// How many can be received now.
    pub(super) fn visible(&self) -> usize {
        let now = Instant::now();
        self.state().letters.iter().filter(|(_, until, _)| until.is_none_or(|until| until <= now)).count()
    }

    /// The most often that any letter was received.
    pub(super) fn receives(&self) -> u32 {
        self.state().letters.iter().map(|(_, _, receives)| *receives).max().unwrap_or(0)
    }

    /// The bodies that were sent to it.
    pub(super) fn sent(&self) -> Vec<String> {
        self.state().sent.iter().map(|message| message.body.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, operation: &'static str) -> Result<(), ServiceError> {
        let mut state = self.state();
        if state.spared > 0 || state.faults == 0 {
            state.spared = state.spared.saturating_sub(1);
            return Ok(());
        }
        state.faults -= 1;
        Err(ServiceError::of(ErrorKind::Unavailable, operation, "away"))
    }
}

impl State {
    fn held_groups(&self, now: Instant) -> Vec<String> {
        let held = self.letters.iter().filter(|(_, until, _)| until.is_some_and(|until| until > now));
        let groups = held.filter_map(|(letter, ..)| letter.message.group.clone());
        groups.filter(|_| self.is_fifo).collect()
    }
}

impl DeadLetterQueue for FakeLetters {
    fn is_fifo(&self) -> bool {
        self.state().is_fifo
    }

    async fn receive(&self, most: usize, visibility: Duration) -> Result<Vec<DeadLetter>, ServiceError> {
        sleep(CALL).await;
        self.fault("ReceiveMessage")?;
        let now = Instant::now();
        let mut state = self.state();
        let held: Vec<_> = state.held_groups(now);
        let is_free =
            |letter: &DeadLetter| !letter.message.group.as_ref().is_some_and(|it| held.contains(it));
        let ready = state
            .letters
            .iter_mut()
            .filter(|(letter, until, _)| until.is_none_or(|until| until <= now) && is_free(letter));
        let take = |(letter, until, receives): &mut (DeadLetter, Option<Instant>, u32)| {
            *until = Some(now + visibility);
            *receives += 1;
            letter.clone()
        };
        Ok(ready.take(most).map(take).collect())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        self.fault("DeleteMessageBatch")?;
        self.state().letters.retain(|(letter, ..)| !receipts.contains(&letter.receipt));
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        self.fault("ChangeMessageVisibilityBatch")?;
        let now = Instant::now();
        let mut state = self.state();
        for (receipt, after) in receipts {
            for (letter, until, _) in &mut state.letters {
                if letter.receipt == *receipt {
                    *until = Some(now + *after);
                }
            }
        }
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn send(&self, messages: &[OutgoingMessage]) -> Result<Vec<Sent>, ServiceError> {
        self.fault("SendMessageBatch")?;
        let mut state = self.state();
        let bytes = messages.iter().map(|message| message.body.len()).sum::<usize>();
        if state.most.is_some_and(|most| bytes > most) {
            return Err(ServiceError::of(ErrorKind::Refused, "SendMessageBatch", "too long"));
        }
        let mut answers = Vec::new();
        for message in messages {
            let has_group = message.group.is_some() && state.is_groupless;
            if has_group || state.refused.contains(&message.body) {
                answers.push(Sent::Refused("no".into()));
            } else if state.failing.contains(&message.body) {
                answers.push(Sent::Failed("not now".into()));
            } else {
                state.sent.push(message.clone());
                answers.push(Sent::Done);
            }
        }
        Ok(answers)
    }
}
