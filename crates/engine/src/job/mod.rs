//! Jobs: plain async functions that are called once for each message.
//!
//! A job says in its arguments what it needs of a message, and in its result what became of it:
//!
//! ```
//! # #[derive(serde::Deserialize)] struct Order { id: u64 }
//! # #[derive(Clone)] struct Shop;
//! # impl Shop { async fn ship(&self, _: u64) -> Result<(), std::io::Error> { Ok(()) } }
//! use acquit_engine::job::{Fail, JobHandler, Json, State};
//!
//! async fn ship(Json(order): Json<Order>, State(shop): State<Shop>) -> Result<(), Fail> {
//!     if order.id == 0 {
//!         return Err(Fail::reject("no-such-order", "orders count from 1"));
//!     }
//!     shop.ship(order.id).await?; // any error: the message is retried later
//!     Ok(())
//! }
//!
//! let handler = JobHandler::new(ship, Shop);
//! # drop(handler);
//! ```
//!
//! An argument is anything that implements [`FromDelivery`]. Adapters add their own, for example a
//! database transaction; [`Context`] is what they work with.

mod context;
mod extract;
mod fail;
mod function;
mod handler;
mod meta;
mod outcome;

pub use context::Context;
pub use extract::{Body, FromDelivery, Json, State};
pub use fail::{Fail, FailKind};
pub use function::Job;
pub use handler::JobHandler;
pub use meta::Meta;
pub use outcome::{Committed, IntoOutcome, Outcome};

#[cfg(test)]
mod tests;
