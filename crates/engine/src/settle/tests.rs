//! What whoever waits for a settlement learns of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::error::ServiceError;
use shared::message::{Message, Receipt, Received};

use super::settler::{Call, Settler};
use crate::batch::BatchLimits;
use crate::breaker::{Breaker, Work};
use crate::delivery::Delivery;
use crate::delivery::tests::{delivery, message};
use crate::handler::Sequence;
use crate::lease::place::{Left, Order, Place};
use crate::order::lanes::{Lanes, Rules};
use crate::queue::{EntryResult, Moved, Queue};
use crate::trouble::Trouble;
use crate::verdict::Rejection;
use crate::work::channel;

/// Answers calls for one message each, in this order; then all is well.
#[derive(Default)]
struct Fake(Mutex<Vec<EntryResult>>);

impl Fake {
    fn answer(&self, entries: usize) -> Vec<EntryResult> {
        assert_eq!(entries, 1);
        vec![self.0.lock().unwrap().pop().unwrap_or(EntryResult::Ok)]
    }
}

impl Queue for Fake {
    async fn receive(&self, _: usize) -> Result<Vec<Received>, ServiceError> {
        Ok(Vec::new())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        Ok(self.answer(receipts.len()))
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        Ok(self.answer(receipts.len()))
    }

    async fn dead_letter(&self, _: &Message, _: &Rejection) -> Result<Moved, ServiceError> {
        Ok(Moved::Sent)
    }

    fn max_receive_count(&self) -> Option<u32> {
        None
    }
}

/// Notes how a delivery left its lane.
#[derive(Debug, Default)]
struct Behind(Mutex<Vec<Left>>);

impl Order for Behind {
    fn left(self: Arc<Self>, _: &Arc<str>, how: Left) {
        self.0.lock().unwrap().push(how);
    }
}

/// What those behind learn of a call that gets these answers.
async fn learned(answers: &[EntryResult], call: impl FnOnce(Delivery) -> Call) -> Vec<Left> {
    let mut delivery = delivery(message("x", Vec::new())).await;
    let behind = Arc::<Behind>::default();
    delivery.lease.place = Some(Box::new(Place::new(behind.clone(), "lane".into(), 0, true)));
    let (limits, sequence) = (BatchLimits { rows: 1, bytes: 1 }, Sequence::AfterDelete);
    let rules = Rules { lane_of: Box::new(|_| None), keeps_order: true, sequence, limits };
    let (lanes, _returned) = Lanes::new(rules, channel::channel(limits).0);
    let queue = Fake(Mutex::new(answers.iter().rev().copied().collect()));
    let (calls, to_settle) = async_channel::bounded(1);
    let settler = Settler {
        queue: Arc::new(queue),
        stats: Arc::default(),
        lanes,
        calls: to_settle,
        settling: Arc::new(1.into()),
        deletes: Breaker::new(Work::Delete),
        changes: Arc::new(Trouble::new("it")),
        dead_letters: Arc::new(Trouble::new("it")),
    };
    calls.send(call(delivery)).await.unwrap();
    drop(calls);
    settler.run().await;
    behind.0.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_delete_is_over_once_it_is_answered_and_only_then() {
    use EntryResult::{Failed, Ok, Stale};
    let delete = |delivery: Delivery| Call::Delete(vec![delivery.lease]);
    assert_eq!(learned(&[Ok], delete).await, [Left::Passed]);
    assert_eq!(learned(&[Failed, Failed, Ok], delete).await, [Left::Passed]);
    assert_eq!(learned(&[Failed, Stale], delete).await, [Left::Gone], "somebody else may have it");
}

#[tokio::test(start_paused = true)]
async fn what_is_set_aside_is_deleted_and_what_is_released_is_not() {
    let set_aside = |delivery| Call::DeadLetter(Box::new(delivery), Rejection::new("r", ""));
    let release = |delivery: Delivery| Call::Release(vec![(delivery.lease, Duration::ZERO)]);
    assert_eq!(learned(&[], set_aside).await, [Left::Passed]);
    assert_eq!(learned(&[], release).await, [Left::Gone]);
}
