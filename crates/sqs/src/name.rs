//! The name that a message goes by, and how it keeps that name when it is sent on.
//!
//! Without a `dedup-id` that is its `MessageId`, which SQS changes with every send. So it is sent on
//! with the attribute `dedup-id`; where all ten attributes are the sender's, the name goes as a label
//! behind the type of one of them, such as `String.dedup-id.0197d0a5-…`. SQS hands labels on and does
//! not look at them.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>

use std::borrow::Cow;

use shared::limits::MAX_ATTRIBUTES;
use shared::message::{Attribute, DEDUP_ID, DedupId, Message};

const LABEL: &str = ".dedup-id.";
/// Characters of a type with its label (same source).
const LONGEST_TYPE: usize = 256;

/// As the message is named, in the sender's spelling.
pub fn of(message: &Message) -> Cow<'_, str> {
    match said(&message.attributes) {
        Some(name) => name.into(),
        None if DedupId::of(&message.message_id) == message.id => message.message_id.as_str().into(),
        None => message.id.to_string().into(),
    }
}

/// What the attribute `dedup-id` says. Bytes are no name.
pub fn said(attributes: &[Attribute]) -> Option<&str> {
    Attribute::find_text(attributes, DEDUP_ID).filter(|name| !name.is_empty())
}

/// Takes the label off, if there is one, and returns the name on it.
pub fn take_label(attributes: &mut [Attribute]) -> Option<String> {
    attributes.iter_mut().find_map(|attribute| {
        let (data_type, name) = attribute.data_type.rsplit_once(LABEL)?;
        let (length, name) = (data_type.len(), name.to_owned());
        attribute.data_type.truncate(length);
        Some(name)
    })
}

/// Has a message with these attributes keep `name`, unless it says one itself. Returns false where no
/// attribute can carry it.
pub fn keep(attributes: &mut Vec<Attribute>, name: &str) -> bool {
    if said(attributes).is_some() {
        return true;
    }
    attributes.retain(|attribute| attribute.name != DEDUP_ID);
    if attributes.len() < MAX_ATTRIBUTES {
        attributes.insert(0, Attribute::text(DEDUP_ID, name));
        return true;
    }
    let label = format!("{LABEL}{}", DedupId::of(name));
    let fits = |attribute: &&mut Attribute| attribute.data_type.len() + label.len() <= LONGEST_TYPE;
    attributes.iter_mut().find(fits).map(|attribute| attribute.data_type.push_str(&label)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(count: usize) -> Vec<Attribute> {
        (0..count).map(|n| Attribute::text(&format!("own-{n}"), "x")).collect()
    }

    #[test]
    fn a_name_is_kept_however_many_attributes_there_are() {
        for count in 0..=MAX_ATTRIBUTES {
            let mut named = attributes(count);
            assert!(keep(&mut named, "m") && named.len() <= MAX_ATTRIBUTES, "{count}");
            let label = take_label(&mut named);
            let name = label.as_deref().or_else(|| said(&named)).map(DedupId::of);
            assert_eq!(name, Some(DedupId::of("m")), "{count}");
            named.retain(|attribute| attribute.name != DEDUP_ID);
            assert_eq!(named, attributes(count), "{count}");
        }
    }

    #[test]
    fn a_name_that_the_sender_gave_stays() {
        let mut named = [attributes(9), vec![Attribute::text(DEDUP_ID, "order-1")]].concat();
        assert!(keep(&mut named, "m") && take_label(&mut named).is_none());
        assert_eq!(said(&named), Some("order-1"));
    }

    #[test]
    fn a_type_without_room_for_a_label_carries_none() {
        let mut full = attributes(MAX_ATTRIBUTES);
        for attribute in &mut full {
            attribute.data_type = format!("String.{}", "x".repeat(240));
        }
        let before = full.clone();
        assert!(!keep(&mut full, "m"));
        assert_eq!(full, before);
    }
}
