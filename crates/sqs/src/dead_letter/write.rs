//! What a dead letter says beside its body: everything its sender said, and why it was given up.

use std::time::SystemTime;

use engine::verdict::{MAX_REASON_CHARS, Rejection};
use serde_json::json;
use shared::limits::{MAX_ATTRIBUTES, MAX_BYTES};
use shared::message::{Attribute, AttributeValue, DEDUP_ID, Message, is_carrier};

use super::outgoing::OutgoingMessage;
use super::read::{AT, ATTEMPTS, ERROR, MORE, Metadata, REASON, SOURCE, is_ours};
use crate::name;

/// Characters of an error that are worth keeping.
const ERROR_CHARS: usize = 500;

/// The attributes to send with the body: the sender's, the reason, and of the other facts as many as
/// there is room for. What an earlier life left is replaced. `None`: there is no room for the reason.
///
/// Where the sender's leave no room for ours one by one, ours are packed into `dlq-more`, and with
/// them what of the sender's had to make room for that.
pub(crate) fn attributes(message: &Message, rejection: &Rejection, source: &str) -> Option<Vec<Attribute>> {
    let room = MAX_BYTES.checked_sub(message.body.len())?;
    let (mut said, clashing) = said(message);
    let reason = Attribute::text(REASON, rejection.reason());
    let facts = facts(message, rejection, source);
    if clashing.is_empty() && said.len() + 1 + facts.len() <= MAX_ATTRIBUTES {
        said.push(reason);
        let mut room = room.checked_sub(bytes(&said))?;
        said.extend(facts.into_iter().filter(|fact| fits(fact, &mut room)));
        return Some(said);
    }
    let mut displaced = said.split_off(said.len().min(MAX_ATTRIBUTES - 2));
    displaced.extend(clashing);
    said.push(reason);
    let room = room.checked_sub(bytes(&said))?;
    let more = (0..=facts.len()).rev().map(|count| packed(&facts[..count], &displaced));
    match more.into_iter().find(|more| more.bytes() <= room) {
        Some(more) => said.push(more),
        None if displaced.is_empty() => {}
        None => return None,
    }
    Some(said)
}

/// The sender's attributes, with the name where there is room for it and without a reason.
pub(crate) fn bare(message: &Message) -> Option<Vec<Attribute>> {
    let (body, attributes) = (message.body.clone(), message.attributes.clone());
    let outgoing = OutgoingMessage { body, attributes, ..OutgoingMessage::default() };
    outgoing.named(&name::of(message), true).map(|outgoing| outgoing.attributes)
}

/// Whether there is room beside the message for its name and any reason.
pub(crate) fn has_room(message: &Message) -> bool {
    let rejection = Rejection::new("x".repeat(MAX_REASON_CHARS), "");
    attributes(message, &rejection, "").is_some()
}

/// The sender's attributes, the name first: sent on, the message gets another `MessageId`. Apart from
/// them those that are called as ours are.
fn said(message: &Message) -> (Vec<Attribute>, Vec<Attribute>) {
    let mut own = Metadata::of(&message.attributes).own;
    own.retain(|attribute| attribute.name != DEDUP_ID);
    // The first ones are never packed away: a trace of the letter looks for it by name.
    own.sort_by_key(|attribute| !is_carrier(&attribute.name));
    own.insert(0, Attribute::text(DEDUP_ID, &name::of(message)));
    own.into_iter().partition(|attribute| !is_ours(&attribute.name))
}

/// Those beside the reason; the first are missed most.
fn facts(message: &Message, rejection: &Rejection, source: &str) -> [Attribute; 4] {
    [
        Attribute::text(SOURCE, source),
        Attribute::text(AT, &humantime::format_rfc3339_millis(SystemTime::now()).to_string()),
        Attribute::text(ATTEMPTS, &message.receive_count.to_string()),
        Attribute::text(ERROR, &escaped(rejection.error())),
    ]
}

fn packed(facts: &[Attribute], displaced: &[Attribute]) -> Attribute {
    let facts: serde_json::Map<_, _> = facts.iter().map(|fact| (fact.name.clone(), value(fact))).collect();
    let displaced: Vec<_> = displaced.iter().map(described).collect();
    let more = json!({ "facts": facts, "attributes": displaced });
    Attribute::text(MORE, &more.to_string())
}

fn described(attribute: &Attribute) -> serde_json::Value {
    json!({ "name": attribute.name, "type": attribute.data_type, "value": value(attribute) })
}

fn value(attribute: &Attribute) -> serde_json::Value {
    match &attribute.value {
        AttributeValue::Text(text) => json!(text),
        AttributeValue::Bytes(bytes) => json!(bytes),
    }
}

fn bytes(attributes: &[Attribute]) -> usize {
    attributes.iter().map(Attribute::bytes).sum()
}

fn fits(attribute: &Attribute, room: &mut usize) -> bool {
    let left = room.checked_sub(attribute.bytes());
    *room = left.unwrap_or(*room);
    left.is_some()
}

/// In printable characters: SQS refuses most control characters, and a terminal obeys them.
fn escaped(error: &str) -> String {
    error.chars().take(ERROR_CHARS).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
