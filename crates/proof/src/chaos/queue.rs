//! What can happen to SQS: away, slow, throttling, forgetful, repetitive, half successful.

use std::time::Duration;

use fastrand::Rng;
use faultproxy::sqs::{Fault, Field, Operation, Rule, SqsHandle, Which};
use tokio::time::sleep;

use super::tally::Tally;

const TARGET: &str = "SQS";

/// Does one of these, for a few seconds, and mends it.
pub(super) async fn strike(way: &SqsHandle, rng: &mut Rng, tally: &mut Tally) {
    let fault = draw(rng);
    let chance = 0.2 + 0.6 * rng.f64();
    tally.add(TARGET, fault.name());
    way.add(rule(fault, rng).chance(chance));
    sleep(Duration::from_millis(rng.u64(1_000..6_000))).await;
    way.clear();
}

fn draw(rng: &mut Rng) -> Fault {
    let fields = [Field::MessageId, Field::ReceiptHandle, Field::Body];
    let faults = [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Throttle,
        Fault::LoseAnswer,
        Fault::BlackHole,
        Fault::Delay(Duration::from_millis(rng.u64(10..1_500))),
        Fault::DuplicateMessages,
        Fault::Redeliver { new_receipt: rng.bool() },
        Fault::Reorder,
        Fault::ShortBatch(rng.usize(..10)),
        Fault::FlipBodyByte,
        Fault::DropField(fields[rng.usize(..fields.len())]),
        Fault::GarbageSentTimestamp,
        Fault::fail_entries(Which::Each(0.3)),
    ];
    faults[rng.usize(..faults.len())].clone()
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
