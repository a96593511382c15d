//! Which lane a message goes to: that of its group, or that of a key of the user's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use shared::message::Message;

use crate::job::Meta;

/// Says what a message, with this body, has in common with others.
pub type Key = Arc<dyn Fn(&Meta, &str) -> String + Send + Sync>;

/// The name of a message's lane; `None`: it goes to none.
pub(crate) type LaneOf = Box<dyn Fn(&Message) -> Option<String> + Send + Sync>;

/// Lanes by `MessageGroupId`.
pub(crate) fn by_group() -> LaneOf {
    Box::new(|message| message.group.clone())
}

/// Lanes by key. A message for which `key` panics goes to none.
pub(crate) fn by_key(key: Option<Key>) -> LaneOf {
    let key = move |message: &Message| {
        let key = key.as_ref()?;
        let named = || key(&Meta::of(message), &message.body);
        catch_unwind(AssertUnwindSafe(named)).ok()
    };
    Box::new(key)
}
