//! What can happen to SQS: away, slow, throttling, forgetful, repetitive, half successful.

use std::time::Duration;

use fastrand::Rng;
use faultproxy::sqs::{Fault, Field, Operation, Rule, SqsHandle, Which};
use tokio::time::sleep;

use super::shuffle_bag::ShuffleBag;
use super::tally::Tally;

const TARGET: &str = "SQS";

/// The way to SQS.
#[derive(Debug)]
pub(super) struct Queue {
    way: SqsHandle,
    faults: ShuffleBag<Trouble>,
    calm: ShuffleBag<Trouble>,
}

/// A fault, and whether it is of one operation only.
#[derive(Clone, Debug)]
struct Trouble {
    name: &'static str,
    fault: Fault,
    operation: Option<Operation>,
}

impl Queue {
    pub(super) fn new(way: SqsHandle) -> Self {
        let all = quiet().into_iter().chain(costly());
        Self { way, faults: ShuffleBag::new(all), calm: ShuffleBag::new(quiet()) }
    }

    /// The way to a FIFO queue, which neither repeats what nobody lost nor mixes up an answer.
    pub(super) fn fifo(way: SqsHandle) -> Self {
        let keeps_order = |trouble: &Trouble| {
            !matches!(trouble.fault, Fault::DuplicateMessages | Fault::Reorder | Fault::Redeliver { .. })
        };
        let all = quiet().into_iter().chain(costly()).filter(keeps_order);
        let calm = quiet().into_iter().filter(keeps_order);
        Self { way, faults: ShuffleBag::new(all), calm: ShuffleBag::new(calm) }
    }

    /// Does one of these, for a few seconds, and mends it; in `calm` none that spends receives.
    pub(super) async fn strike(&mut self, rng: &mut Rng, tally: &mut Tally, calm: bool) {
        let deck = if calm { &mut self.calm } else { &mut self.faults };
        let Trouble { name, fault, operation } = deck.deal(rng);
        let chance = 0.2 + 0.6 * rng.f64();
        tally.add(TARGET, name);
        self.way.add(match operation {
            Some(operation) => Rule::on(operation, fault),
            None => rule(fault, rng).chance(chance),
        });
        sleep(Duration::from_millis(rng.u64(1_000..6_000))).await;
        self.way.clear();
    }
}

/// Those that hand out no message in vain.
fn quiet() -> Vec<Trouble> {
    let any = |fault: Fault| Trouble { name: fault.name(), fault, operation: None };
    let denied = |name, operation| Trouble { name, fault: Fault::Denied, operation: Some(operation) };
    vec![
        any(Fault::Status(500)),
        any(Fault::Status(503)),
        any(Fault::Throttle),
        any(Fault::Delay(Duration::from_secs(1))),
        any(Fault::DuplicateMessages),
        any(Fault::Reorder),
        any(Fault::GarbageSentTimestamp),
        denied("deletes denied", Operation::DeleteMessageBatch),
        denied("deletes denied", Operation::DeleteMessageBatch),
        denied("deletes denied", Operation::DeleteMessageBatch),
    ]
}

/// Those that cost a message a receive.
fn costly() -> Vec<Trouble> {
    let any = |fault: Fault| Trouble { name: fault.name(), fault, operation: None };
    let operation = Some(Operation::ChangeMessageVisibilityBatch);
    let denied = Trouble { name: "extensions denied", fault: Fault::Denied, operation };
    vec![
        any(Fault::LoseAnswer),
        any(Fault::BlackHole),
        any(Fault::Redeliver { new_receipt: true }),
        any(Fault::Redeliver { new_receipt: false }),
        any(Fault::ShortBatch(1)),
        any(Fault::FlipBodyByte),
        any(Fault::DropField(Field::MessageId)),
        any(Fault::DropField(Field::ReceiptHandle)),
        any(Fault::DropField(Field::Body)),
        any(Fault::fail_entries(Which::Each(0.3))),
        denied.clone(),
        denied.clone(),
        denied.clone(),
        denied.clone(),
        denied.clone(),
        denied,
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
