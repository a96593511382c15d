//! Dead letters for tests.

use shared::message::{Attribute, DedupId, Message};

use super::message::DeadLetter;
use crate::name;

/// A letter with this `MessageId`, body and attributes.
pub fn letter(message_id: &str, body: &str, attributes: &[(&str, &str)]) -> DeadLetter {
    let attributes: Vec<_> = attributes.iter().map(|(name, value)| Attribute::text(name, value)).collect();
    let id = DedupId::identify(name::said(&attributes), message_id);
    let receipt = format!("receipt-{message_id}").into();
    let (message_id, body) = (message_id.to_owned(), body.to_owned());
    let (sent_at, group, trace_header) = (None, None, None);
    let message =
        Message { id, message_id, body, sent_at, receive_count: 1, attributes, group, trace_header };
    DeadLetter { message, receipt, first_received_at: None, moved_from: None }
}

/// With this body and ten attributes, none of which is a name.
pub fn full_letter(message_id: &str, body: &str) -> DeadLetter {
    let ten: Vec<_> = (0..10).map(|n| format!("own-{n}")).collect();
    let ten: Vec<_> = ten.iter().map(|name| (name.as_str(), "x")).collect();
    letter(message_id, body, &ten)
}
