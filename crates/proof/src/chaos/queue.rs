//! What can happen to SQS: away, slow, throttling, forgetful, repetitive, half successful.

use std::time::Duration;

use fastrand::Rng;
use faultproxy::sqs::{Fault, Field, Operation, Rule, SqsHandle, Which};
use tokio::time::sleep;

use super::deck::Deck;
use super::tally::Tally;

const TARGET: &str = "SQS";

/// The way to SQS.
#[derive(Debug)]
pub(super) struct Queue {
    way: SqsHandle,
    faults: Deck<Fault>,
}

impl Queue {
    pub(super) fn new(way: SqsHandle) -> Self {
        Self { way, faults: Deck::new(faults()) }
    }

    /// Does one of these, for a few seconds, and mends it.
    pub(super) async fn strike(&mut self, rng: &mut Rng, tally: &mut Tally) {
        let fault = self.faults.deal(rng);
        let chance = 0.2 + 0.6 * rng.f64();
        tally.add(TARGET, fault.name());
        self.way.add(rule(fault, rng).chance(chance));
        sleep(Duration::from_millis(rng.u64(1_000..6_000))).await;
        self.way.clear();
    }
}

fn faults() -> [Fault; 17] {
    [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Throttle,
        Fault::LoseAnswer,
        Fault::BlackHole,
        Fault::Delay(Duration::from_secs(1)),
        Fault::DuplicateMessages,
        Fault::Redeliver { new_receipt: true },
        Fault::Redeliver { new_receipt: false },
        Fault::Reorder,
        Fault::ShortBatch(1),
        Fault::FlipBodyByte,
        Fault::DropField(Field::MessageId),
        Fault::DropField(Field::ReceiptHandle),
        Fault::DropField(Field::Body),
        Fault::GarbageSentTimestamp,
        Fault::fail_entries(Which::Each(0.3)),
    ]
}

/// Troubles of the service hit all calls or those of one operation.
fn rule(fault: Fault, rng: &mut Rng) -> Rule {
    let operations = [
        Operation::ReceiveMessage,
        Operation::DeleteMessageBatch,
        Operation::ChangeMessageVisibilityBatch,
        Operation::SendMessageBatch,
    ];
    match rng.usize(..operations.len() + 2) {
        place if place < operations.len() && is_general(&fault) => Rule::on(operations[place], fault),
        _ => Rule::on_all(fault),
    }
}

fn is_general(fault: &Fault) -> bool {
    use Fault::{BlackHole, Delay, LoseAnswer, Status, Throttle};
    matches!(fault, Status(_) | Throttle | LoseAnswer | BlackHole | Delay(_))
}
