//! The log of calls to the queue: which, when, about what, and what came of it.

use std::sync::Mutex;
use std::time::Duration;

use shared::message::DedupId;
use tokio::time::Instant;

use crate::queue::EntryResult;

/// What is asked of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// [`Queue::receive`](crate::queue::Queue::receive).
    Receive,
    /// [`Queue::delete`](crate::queue::Queue::delete).
    Delete,
    /// [`Queue::change_visibility`](crate::queue::Queue::change_visibility).
    ChangeVisibility,
    /// [`Queue::dead_letter`](crate::queue::Queue::dead_letter).
    DeadLetter,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked.
    pub operation: Operation,
    /// When it began.
    pub at: Instant,
    /// Messages asked for, or entries sent.
    pub asked: usize,
    /// Messages handed out, or entries answered; none where the call failed.
    pub touched: Vec<Touch>,
    /// When it was answered.
    pub ended: Option<Instant>,
}

/// What a call did to one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// The message.
    pub id: DedupId,
    /// What it was told.
    pub entry: EntryResult,
    /// Where the call was about visibility.
    pub visibility: Option<Duration>,
}

impl Touch {
    pub(super) fn new(id: DedupId, entry: EntryResult) -> Self {
        Self { id, entry, visibility: None }
    }
}

/// All calls in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<Call>>);

impl Log {
    /// Notes a call; the number is for [`ended`](Self::ended).
    pub(super) fn began(&self, operation: Operation, asked: usize) -> usize {
        let mut calls = self.0.lock().expect("no test panics here");
        calls.push(Call { operation, at: Instant::now(), asked, touched: Vec::new(), ended: None });
        calls.len() - 1
    }

    /// Notes how it ended.
    pub(super) fn ended(&self, number: usize, touched: Vec<Touch>) {
        let call = &mut self.0.lock().expect("no test panics here")[number];
        call.touched = touched;
        call.ended = Some(Instant::now());
    }

    /// The calls of one kind.
    pub(super) fn of(&self, operation: Operation) -> Vec<Call> {
        let calls = self.0.lock().expect("no test panics here");
        calls.iter().filter(|call| call.operation == operation).cloned().collect()
    }
}
