//! The queue as the pipeline sees it: every call takes time, and may go wrong by the script.

use std::time::Duration;

use shared::error::{ErrorKind, ServiceError};
use shared::message::{Message, Receipt, Received};
use tokio::time::sleep;

use super::queue::FakeQueue;
use super::{Operation, SetAside, Touch, Trouble};
use crate::queue::{EntryResult, Moved, Queue};
use crate::verdict::Rejection;

/// How long a call takes.
pub(super) const LATENCY: Duration = Duration::from_millis(2);

/// A call that is under way.
pub(super) struct Begun {
    number: usize,
    pub(super) trouble: Option<Trouble>,
}

impl FakeQueue {
    /// A call reaches the queue, or does not.
    pub(super) async fn begin(&self, operation: Operation, asked: usize) -> Result<Begun, ServiceError> {
        let number = self.0.log.began(operation, asked);
        let trouble = self.script().take(operation);
        match trouble {
            Some(Trouble::Late(time) | Trouble::Silent(time)) => sleep(time).await,
            _ => sleep(LATENCY).await,
        }
        let begun = Begun { number, trouble };
        match begun.trouble {
            Some(Trouble::Panics) => panic!("as the test wanted"),
            Some(Trouble::Unavailable | Trouble::Silent(_)) => {
                self.0.log.ended(number, Vec::new());
                Err(fault())
            }
            _ => Ok(begun),
        }
    }

    /// The answer gets back, or does not.
    pub(super) fn end(&self, call: &Begun, touched: Vec<Touch>) -> Result<(), ServiceError> {
        self.0.log.ended(call.number, touched);
        if call.trouble == Some(Trouble::Lost) { Err(fault()) } else { Ok(()) }
    }

    async fn batch(
        &self,
        operation: Operation,
        entries: Vec<(Receipt, Option<Duration>)>,
    ) -> Result<Vec<EntryResult>, ServiceError> {
        assert!((1..=10).contains(&entries.len()), "SQS takes one to ten entries, not {}", entries.len());
        let call = self.begin(operation, entries.len()).await?;
        let fails = match &call.trouble {
            Some(Trouble::Fails(positions)) => positions.clone(),
            _ => Vec::new(),
        };
        let entries = entries.iter().enumerate();
        let answers: Vec<_> = entries
            .map(|(position, (receipt, visibility))| {
                self.settle(receipt, *visibility, fails.contains(&position))
            })
            .collect();
        self.end(&call, answers.iter().filter_map(|(_, touch)| *touch).collect())?;
        Ok(answers.into_iter().map(|(entry, _)| entry).collect())
    }

    /// One entry of a batch; no touch where the message is gone for good.
    fn settle(
        &self,
        receipt: &Receipt,
        visibility: Option<Duration>,
        fails: bool,
    ) -> (EntryResult, Option<Touch>) {
        let found = self.message_store().find(receipt);
        let Some((message, newest)) = found else {
            // To delete what is deleted succeeds.
            return (if visibility.is_some() { EntryResult::Stale } else { EntryResult::Ok }, None);
        };
        let entry = if fails { EntryResult::Failed } else { newest };
        if entry == EntryResult::Ok {
            match visibility {
                Some(after) => self.message_store().show(receipt, after),
                None => self.remove(receipt, &message),
            }
            self.0.news.notify_waiters();
        }
        (entry, Some(Touch { visibility, ..Touch::new(message.id, entry) }))
    }
}

impl Queue for FakeQueue {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        self.poll(most).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        let entries = receipts.iter().map(|receipt| (receipt.clone(), None)).collect();
        self.batch(Operation::Delete, entries).await
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        let entries = receipts.iter().map(|(receipt, after)| (receipt.clone(), Some(*after))).collect();
        self.batch(Operation::ChangeVisibility, entries).await
    }

    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, ServiceError> {
        let call = self.begin(Operation::DeadLetter, 1).await?;
        let reason = Some(rejection.reason().to_owned());
        self.message_store().set_aside.push(SetAside { message: message.clone(), reason });
        self.end(&call, vec![Touch::new(message.id, EntryResult::Ok)])?;
        Ok(Moved::Sent)
    }

    fn is_fifo(&self) -> bool {
        self.message_store().is_fifo
    }

    fn max_receive_count(&self) -> Option<u32> {
        self.message_store().most_receives
    }
}

fn fault() -> ServiceError {
    ServiceError::of(ErrorKind::Unavailable, "fake", "no answer")
}
