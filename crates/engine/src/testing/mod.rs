//! Tests of a job or a handler: no SQS, no waiting, and the pipeline that runs in production.
//!
//! ```
//! use acquit_engine::job::{Fail, Json};
//! use acquit_engine::testing::TestQueue;
//!
//! async fn reserve(Json(seat): Json<u32>) -> Result<(), Fail> {
//!     if seat > 1_000 { Err(Fail::reject("no-such-seat", seat)) } else { Ok(()) }
//! }
//!
//! # macro_rules! tokio_test { ($name:ident, $body:block) => {
//! #     fn main() {
//! #         let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
//! #         runtime.unwrap().block_on(async { $body })
//! #     }
//! # } }
//! # tokio_test!(a_seat_that_does_not_exist_is_a_dead_letter, {
//! // In your crate: #[tokio::test(start_paused = true)] async fn a_wrong_seat_is_a_dead_letter() {
//! let queue = TestQueue::new((), reserve);
//! queue.send(&7).send(&4_711).send_raw("{").redeliver();
//! let drained = queue.drained().await;
//! assert_eq!(drained.done, 1);
//! assert_eq!(drained.dead_letters[0].reason, "no-such-seat");
//! // }
//! # });
//! ```
//!
//! - [`TestQueue`] sends, redelivers, crashes, and drains in virtual time.
//! - [`schedules`] does all of that at random, and checks that nothing is lost or done twice.
//! - [`call`] calls a job once, in real time: for a job that talks to a database or a server.
//! - [`delivery`] is what [`Handler::handle`](crate::handler::Handler::handle) gets, from a [`message()`].
//!
//! A test with a [`TestQueue`] pauses its clock. The clock then jumps to the next timer whenever nothing
//! else can be done, so real I/O, which it cannot see, ends in timeouts.
//!
//! Below these are [`fake`], a queue for tests of a pipeline, [`run`], which starts and kills one, and
//! [`checker`].

pub mod checker;
mod drained;
pub mod fake;
pub mod far;
mod job;
mod message;
mod observed;
mod progress;
mod queue;
pub mod run;
mod schedule;

pub use drained::{DeadLetter, Drained, MOVED_BY_QUEUE};
pub use job::call;
pub use message::{MessageBuilder, delivery, message};
pub use queue::TestQueue;
pub use schedule::schedules;
