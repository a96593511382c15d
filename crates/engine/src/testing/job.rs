//! One call of a job, without any queue.

use shared::message::Message;

use crate::job::{Context, Job, Outcome};

/// What a job is called where a test gives it no name.
pub(super) const NAME: &str = "test";

/// Calls a job once for a message, in real time, and returns what came of it.
///
/// This is the way to test a job that does real I/O, for example with a database. A
/// [`TestQueue`](super::TestQueue) is not: its clock stands still and jumps to the next timer whenever
/// nothing else can be done. Real I/O is nothing that the clock sees, so the timeouts of its
/// connections end at once.
///
/// The job is called `test`, and the message is not on its last receive. A job that is contended is not
/// called again: the outcome says [`Contended`](Outcome::Contended).
///
/// ```
/// use acquit_engine::job::{Body, Fail, Outcome};
/// use acquit_engine::testing::{call, message};
///
/// async fn greet(Body(name): Body) -> Result<(), Fail> {
///     if name.is_empty() { Err(Fail::reject("no-name", "it is empty")) } else { Ok(()) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert!(matches!(call(&(), greet, message("Ann")).await, Outcome::Done));
/// assert!(matches!(call(&(), greet, message("")).await, Outcome::Failed(fail) if fail.reason() == "no-name"));
/// # }
/// ```
///
/// # Panics
/// Where the job panics.
///
/// # Cancel safety
/// As the job's own: dropped, its arguments are dropped as at a timeout.
pub async fn call<S, A>(state: &S, job: impl Job<S, A>, message: impl Into<Message>) -> Outcome {
    let message = message.into();
    let mut context = Context::of(&message).named(NAME);
    let outcome = job.call(&mut context, state).await;
    context.conclude(outcome).await
}
