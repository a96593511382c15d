//! What of an answer is left to the queue: flawed messages, and on a FIFO queue what is behind them.

use std::collections::HashSet;

use shared::message::Received;

use crate::answer::Judged;

/// What of one answer is left to the queue. All of it comes again at its visibility timeout.
#[derive(Debug)]
pub(super) struct LeftToQueue {
    keeps_order: bool,
    /// Groups that wait for one of theirs; `None` is a message that does not say.
    groups: HashSet<Option<String>>,
}

impl LeftToQueue {
    /// Nothing yet, of an answer of a FIFO queue or of another.
    pub(super) fn new(keeps_order: bool) -> Self {
        Self { keeps_order, groups: HashSet::new() }
    }

    /// The next message of the answer; `None` where it is left to the queue.
    pub(super) fn sort(&mut self, message: Judged) -> Option<Received> {
        let is_behind = !self.groups.is_empty() && self.is_behind(&message);
        match message {
            Ok(received) => (!is_behind).then_some(received),
            Err((flaw, group)) => {
                tracing::error!("{flaw}");
                if self.keeps_order {
                    self.groups.insert(group);
                }
                None
            }
        }
    }

    fn is_behind(&self, message: &Judged) -> bool {
        let group = message.as_ref().map_or_else(|(_, group)| group, |received| &received.message.group);
        self.groups.contains(group) || self.groups.contains(&None)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::{self, MessageSystemAttributeName as System};

    use super::*;
    use crate::wire;

    fn message(body: Option<&str>, group: Option<&str>) -> types::Message {
        let message = types::Message::builder().message_id("m").receipt_handle("r");
        let message = message.set_body(body.map(str::to_owned));
        match group {
            Some(group) => message.attributes(System::MessageGroupId, group).build(),
            None => message.build(),
        }
    }

    fn taken(keeps_order: bool, flawed: Option<&str>) -> Vec<bool> {
        let mut left = LeftToQueue::new(keeps_order);
        let messages =
            [(Some("x"), Some("a")), (None, flawed), (Some("x"), Some("a")), (Some("x"), Some("b"))];
        messages.map(|(body, group)| left.sort(wire::received(message(body, group))).is_some()).to_vec()
    }

    #[test]
    fn what_is_behind_a_flawed_message_of_its_group_waits_for_it() {
        assert_eq!(taken(true, Some("a")), [true, false, false, true]);
        assert_eq!(taken(true, None), [true, false, false, false], "it may be of any group");
        assert_eq!(taken(false, Some("a")), [true, false, true, true]);
    }
}
