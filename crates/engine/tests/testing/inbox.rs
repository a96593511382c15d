//! An argument that lets a job take effect once, as a transaction with an inbox does.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use acquit_engine::job::{Context, FromDelivery, Outcome};
use shared::message::DedupId;

/// Ids of the messages that are done. Copies are the same inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(Arc<Mutex<HashSet<DedupId>>>);

/// Given once for each id.
pub(crate) struct Once;

impl FromDelivery<Inbox> for Once {
    async fn from_delivery(context: &mut Context<'_>, inbox: &Inbox) -> Result<Self, Outcome> {
        let is_new = inbox.0.lock().expect("no test panics here").insert(context.message().id);
        if is_new { Ok(Self) } else { Err(Outcome::Duplicate) }
    }
}
