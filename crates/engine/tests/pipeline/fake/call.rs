//! The log of calls to the queue: which, when, about what, and what came of it.

use std::sync::Mutex;
use std::time::Duration;

use acquit_engine::queue::EntryResult;
use shared::message::DedupId;
use tokio::time::Instant;

/// What is asked of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Receive,
    Delete,
    ChangeVisibility,
    DeadLetter,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) at: Instant,
    /// Messages asked for, or entries sent.
    pub(crate) asked: usize,
    /// Messages handed out, or entries answered; none where the call failed.
    pub(crate) touched: Vec<Touch>,
    /// When it was answered.
    pub(crate) ended: Option<Instant>,
}

/// What a call did to one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Touch {
    pub(crate) id: DedupId,
    pub(crate) entry: EntryResult,
    /// Where the call was about visibility.
    pub(crate) visibility: Option<Duration>,
}

impl Touch {
    pub(crate) fn new(id: DedupId, entry: EntryResult) -> Self {
        Self { id, entry, visibility: None }
    }
}

/// All calls in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<Call>>);

impl Log {
    /// Notes a call; the number is for [`ended`](Self::ended).
    pub(crate) fn began(&self, operation: Operation, asked: usize) -> usize {
        let mut calls = self.0.lock().expect("no test panics here");
        calls.push(Call { operation, at: Instant::now(), asked, touched: Vec::new(), ended: None });
        calls.len() - 1
    }

    /// Notes how it ended.
    pub(crate) fn ended(&self, number: usize, touched: Vec<Touch>) {
        let call = &mut self.0.lock().expect("no test panics here")[number];
        call.touched = touched;
        call.ended = Some(Instant::now());
    }

    /// The calls of one kind.
    pub(crate) fn of(&self, operation: Operation) -> Vec<Call> {
        let calls = self.0.lock().expect("no test panics here");
        calls.iter().filter(|call| call.operation == operation).cloned().collect()
    }
}
