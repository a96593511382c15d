//! Values of yours as messages.

use std::time::Duration;

use serde::Serialize;

use crate::flaw::Flaw;
use crate::outgoing::Outgoing;

/// A value that travels as a message: its JSON is the body.
///
/// ```
/// use acquit_outbound::Wire;
///
/// #[derive(serde::Serialize)]
/// struct Reservation {
///     id: String,
///     seat: u32,
/// }
///
/// impl Wire for Reservation {
///     fn key(&self) -> String {
///         self.id.clone()
///     }
/// }
///
/// let message = Reservation { id: "r-1".into(), seat: 7 }.outgoing().unwrap();
/// assert_eq!((message.dedup_id.as_str(), message.body.as_str()), ("r-1", r#"{"id":"r-1","seat":7}"#));
/// ```
pub trait Wire: Serialize {
    /// What names the message end to end (the attribute `dedup-id`): of two that are sent with one key,
    /// one takes effect. 1 character or more.
    fn key(&self) -> String;

    /// `MessageGroupId`: needed on a FIFO queue, which keeps the order within it; the tenant on a
    /// standard one.
    fn group(&self) -> Option<String> {
        None
    }

    /// How long it is hidden first, up to 15 minutes, in whole seconds; not on a FIFO queue.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }

    /// The message.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    fn outgoing(&self) -> Result<Outgoing, Flaw> {
        let body = serde_json::to_string(self).map_err(|error| Flaw::Json(error.to_string()))?;
        let (group, delay) = (self.group(), self.delay());
        Ok(Outgoing { group, delay, ..Outgoing::new(self.key(), body) })
    }
}
