//! One step of a schedule: something is sent, something goes wrong, or time passes.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;

use crate::fake::{Operation, Trouble};

/// Takes longer than a handler may.
pub(super) const STUCK: &str = "takes 90000";

/// What happens next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Send(usize),
    /// With a body that says what the store makes of it.
    SendBody(&'static str),
    /// The last message again, as a sender does that got no answer.
    SendAgain,
    /// Another text under the last message's id.
    ReuseId,
    /// All visibility timeouts end.
    Expire,
    /// Another consumer takes messages and forgets them.
    Steal(usize),
    StoreAway(Duration),
    StoreTakes(Duration),
    LoseAnswers(usize),
    /// A mistake in the schema: all new rows are refused.
    StoreBroken(Duration),
    /// The database does not answer looks at its connection.
    StoreSilent(Duration),
    QueueAway(Operation, Duration),
    Trouble(Operation, Trouble),
    /// One more process.
    Start,
    /// A process drains, and another one takes its place.
    Restart,
    /// A process is killed, and another one takes its place.
    Crash,
    Wait(Duration),
}

impl Step {
    /// How many receives of one message this may cost, at the most, by no fault of the message.
    pub(super) fn costs(&self, visibility: Duration) -> u32 {
        let timeouts = |time: Duration| 1 + u32::try_from(time.as_secs() / visibility.as_secs()).unwrap_or(9);
        match self {
            // What it held, and what its open polls bring to nobody.
            Self::Crash => 2,
            Self::QueueAway(_, time) | Self::Trouble(_, Trouble::Late(time) | Trouble::Silent(time)) => {
                1 + timeouts(*time)
            }
            Self::Expire | Self::Steal(_) | Self::Restart | Self::Trouble(..) => 1,
            _ => 0,
        }
    }
}

/// Any step, the ordinary ones more often.
pub(super) fn any() -> impl Strategy<Value = Step> {
    let bodies = ["poison", "strange", "flaky 1", "flaky 2", "takes 3000", "takes 25000", "bomb", STUCK];
    let bodies = select(bodies.to_vec());
    let millis = |most: u64| (0..most).prop_map(Duration::from_millis);
    prop_oneof![
        6 => (1..40_usize).prop_map(Step::Send),
        3 => bodies.prop_map(Step::SendBody),
        1 => Just(Step::SendAgain),
        1 => Just(Step::ReuseId),
        1 => Just(Step::Expire),
        1 => (1..20_usize).prop_map(Step::Steal),
        1 => millis(60_000).prop_map(Step::StoreAway),
        1 => millis(2_000).prop_map(Step::StoreTakes),
        1 => (1..4_usize).prop_map(Step::LoseAnswers),
        1 => millis(60_000).prop_map(Step::StoreBroken),
        1 => millis(60_000).prop_map(Step::StoreSilent),
        1 => (operation(), millis(20_000)).prop_map(|(operation, time)| Step::QueueAway(operation, time)),
        4 => (operation(), trouble()).prop_map(|(operation, trouble)| Step::Trouble(operation, trouble)),
        1 => Just(Step::Start),
        2 => Just(Step::Restart),
        2 => Just(Step::Crash),
        8 => prop_oneof![millis(50), millis(8_000)].prop_map(Step::Wait),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    select(vec![Operation::Receive, Operation::Delete, Operation::ChangeVisibility, Operation::DeadLetter])
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let positions = proptest::collection::vec(0..10_usize, 1..5);
    prop_oneof![
        Just(Trouble::Unavailable),
        Just(Trouble::Lost),
        (0..15_u64).prop_map(|seconds| Trouble::Late(Duration::from_secs(seconds))),
        (0..15_u64).prop_map(|seconds| Trouble::Silent(Duration::from_secs(seconds))),
        positions.prop_map(Trouble::Fails),
        Just(Trouble::Twice),
        (1..10_usize).prop_map(Trouble::Short),
        Just(Trouble::Reversed),
        (11..30_usize).prop_map(Trouble::TooMany),
    ]
}
