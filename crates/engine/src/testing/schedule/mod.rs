//! Random schedules of sends, faults, stops and crashes, over a job of one's own.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use serde::Serialize;
use tokio::runtime::Builder;

use crate::job::{Job, JobHandler};
use crate::work::panic_text;
use play::Play;
use step::Step;

mod check;
mod play;
mod step;

/// Plays a random schedule for each number of `runs`, and checks what the job made of it.
///
/// In each run messages are sent, sent twice, redelivered and stolen by another consumer, calls to the
/// queue fail, and workers are stopped and killed. Then all is healed, the queue is drained, and:
///
/// - No message is lost: the job did it, or said that it had been done, or it is set aside.
/// - No message was deleted before that, and none is set aside that the job never failed for.
/// - A job that says [`Duplicate`](crate::job::Outcome::Duplicate) of any message is held to it: it did
///   each message once, and none that is set aside. One that never does is held to at least once.
///
/// Each run has a `state` of its own. `message` makes the message with a number; the numbers of one
/// run differ. The job is called `test`. Time is virtual, so the job must do no real I/O.
///
/// ```
/// use acquit_engine::job::{Fail, Json};
/// use acquit_engine::testing::schedules;
///
/// async fn reserve(Json(_seat): Json<u64>) -> Result<(), Fail> {
///     Ok(())
/// }
///
/// schedules(0..10, || (), reserve, |number| number);
/// ```
///
/// # Panics
/// Where a check fails. The text says which, and shows the run's number and schedule. The same number
/// makes the same schedule; tasks may take turns in another order, so try it more than once.
/// It panics within a Tokio runtime as well: call it from a plain `#[test]`.
#[expect(clippy::needless_pass_by_value, reason = "tests write a closure in place, without a borrow")]
pub fn schedules<S, A, J, M>(runs: Range<u64>, state: impl Fn() -> S, job: J, message: impl Fn(u64) -> M)
where
    S: Send + Sync + 'static,
    A: 'static,
    J: Job<S, A> + Clone,
    M: Serialize,
{
    let body =
        move |number| serde_json::to_string(&message(number)).expect("a message can be written as JSON");
    for run in runs {
        let steps = Step::schedule(&mut Rng::with_seed(run));
        let handler = JobHandler::new(job.clone(), state()).named(super::job::NAME);
        // The pipeline draws its jitter from here.
        fastrand::seed(run);
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("there is memory for a runtime");
        let play = || runtime.block_on(async { Play::new(handler, &body).all(&steps).await });
        if let Err(panic) = catch_unwind(AssertUnwindSafe(play)) {
            panic!(
                "run {run} (repeat it with {run}..{}): {}\nits schedule: {steps:#?}",
                run + 1,
                panic_text(&*panic).unwrap_or("it panicked")
            );
        }
    }
}
