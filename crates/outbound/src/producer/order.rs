//! Groups of a FIFO queue: of each, one call at a time is under way, so that none overtakes another.

use std::collections::HashMap;

use shared::limits::MAX_BATCH;

use crate::outgoing::Outgoing;

/// Messages among which others are looked for than those of the busiest groups.
const GROUPED: usize = 1_000;

/// Which messages may go now.
#[derive(Debug)]
pub(super) enum Order {
    /// A standard queue keeps none.
    None,
    /// Messages under way, by group.
    Groups(HashMap<String, usize>),
}

impl Order {
    pub(super) fn new(is_fifo: bool) -> Self {
        if is_fifo { Self::Groups(HashMap::new()) } else { Self::None }
    }

    /// How many messages to look at for the next call: those of groups that are under way are passed
    /// over.
    pub(super) fn window(&self) -> usize {
        match self {
            Self::None => MAX_BATCH,
            Self::Groups(_) => GROUPED,
        }
    }

    pub(super) fn is_under_way(&self, message: &Outgoing) -> bool {
        match (self, &message.group) {
            (Self::Groups(groups), Some(group)) => groups.contains_key(group),
            _ => false,
        }
    }

    /// These are under way from now on.
    pub(super) fn begin<'m>(&mut self, messages: impl IntoIterator<Item = &'m Outgoing>) {
        let Self::Groups(groups) = self else { return };
        for group in messages.into_iter().filter_map(|message| message.group.as_ref()) {
            *groups.entry(group.clone()).or_default() += 1;
        }
    }

    /// This one is not under way any more.
    pub(super) fn end(&mut self, message: &Outgoing) {
        let (Self::Groups(groups), Some(group)) = (self, &message.group) else { return };
        if let Some(left) = groups.get_mut(group) {
            *left -= 1;
            if *left == 0 {
                groups.remove(group);
            }
        }
    }
}
