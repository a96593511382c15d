//! One step of a schedule: something is sent, something goes wrong, or time passes.

use std::iter::repeat_with;
use std::time::Duration;

use fastrand::Rng;

use crate::testing::fake::{Operation, Trouble};

/// Steps of one schedule, at the most.
const STEPS: usize = 25;

/// What happens next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Send(usize),
    /// The last message again, as a sender does that got no answer.
    SendAgain,
    /// All visibility timeouts end.
    Expire,
    /// Another consumer takes messages and forgets them.
    Steal(usize),
    QueueAway(Operation, Duration),
    Trouble(Operation, Trouble),
    /// A process drains, and another one takes its place.
    Restart,
    /// A process is killed, and another one takes its place.
    Crash,
    /// A process is killed once the job has handled a batch, before the queue hears of it.
    CrashAfterEffect,
    Wait(Duration),
}

impl Step {
    /// Some steps. A message is sent first, as without any nothing could go wrong.
    pub(super) fn schedule(rng: &mut Rng) -> Vec<Self> {
        let count = rng.usize(1..STEPS);
        let first = Self::Send(rng.usize(1..20));
        [first].into_iter().chain(repeat_with(|| Self::any(rng)).take(count)).collect()
    }

    /// Any step, the ordinary ones more often.
    fn any(rng: &mut Rng) -> Self {
        match rng.u32(0..24) {
            0..6 => Self::Send(rng.usize(1..20)),
            6 => Self::SendAgain,
            7 => Self::Expire,
            8 => Self::Steal(rng.usize(1..20)),
            9 => Self::QueueAway(operation(rng), Duration::from_millis(rng.u64(0..20_000))),
            10..14 => Self::Trouble(operation(rng), trouble(rng)),
            14 => Self::Restart,
            15 => Self::Crash,
            16 => Self::CrashAfterEffect,
            17..20 => Self::Wait(Duration::from_millis(rng.u64(0..50))),
            _ => Self::Wait(Duration::from_millis(rng.u64(0..8_000))),
        }
    }
}

fn operation(rng: &mut Rng) -> Operation {
    let all = [Operation::Receive, Operation::Delete, Operation::ChangeVisibility, Operation::DeadLetter];
    all[rng.usize(..all.len())]
}

fn trouble(rng: &mut Rng) -> Trouble {
    match rng.u32(0..8) {
        0 => Trouble::Unavailable,
        1 => Trouble::Lost,
        2 => Trouble::Late(Duration::from_secs(rng.u64(0..15))),
        3 => Trouble::Silent(Duration::from_secs(rng.u64(0..15))),
        4 => Trouble::Fails(repeat_with(|| rng.usize(0..10)).take(3).collect()),
        5 => Trouble::Twice,
        6 => Trouble::Short(rng.usize(1..10)),
        _ => Trouble::Reversed,
    }
}
