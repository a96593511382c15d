//! Whatever happens in whatever order: nothing is lost, doubled or unexpected.
//!
//! Random schedules of sends, faults, stops and crashes are played in virtual time, and made
//! minimal where one fails. `PROPTEST_CASES` says how many, `PROPTEST_RNG_SEED` which ones.
//! Jitter and the order of tasks are drawn anew each time: a schedule that failed may have to be
//! played more than once to fail again.

use std::hash::{BuildHasher, RandomState};

use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

mod play;
mod step;

/// Enough to see the usual suspects, few enough to wait for.
const CASES: u32 = 300;
/// Steps of one schedule, at the most.
const STEPS: usize = 25;

#[test]
fn no_schedule_of_faults_loses_or_doubles_a_message() {
    run(None);
}

#[test]
fn no_schedule_of_faults_loses_or_doubles_a_message_of_a_fifo_queue_or_breaks_its_order() {
    run(Some(4));
}

/// Plays schedules on a standard queue, or on a FIFO queue with so many groups.
fn run(groups: Option<usize>) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    };
    config.rng_seed = RngSeed::Fixed(seed);
    let played = TestRunner::new(config).run(&vec(step::any(), 1..STEPS), |steps| {
        play::play(&steps, groups);
        Ok(())
    });
    if let Err(TestError::Fail(reason, steps)) = played {
        panic!("{reason}\nwith PROPTEST_RNG_SEED={seed}, at the least by {steps:#?}");
    }
    played.expect("schedules can be made");
}
