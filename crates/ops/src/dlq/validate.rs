//! What SQS takes as a message.

use shared::message::AttributeValue;
use sqs::dead_letter::outgoing::OutgoingMessage;

use crate::text;

/// What SQS would refuse, found before anything is sent.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
pub(super) fn check(outgoing: &OutgoingMessage) -> Result<(), String> {
    if outgoing.body.is_empty() || !is_legal(&outgoing.body) {
        return Err("the body is empty, or holds characters that SQS does not take".to_owned());
    }
    for attribute in &outgoing.attributes {
        let flaw = match (&attribute.value, attribute.data_type.split('.').next()) {
            _ if !is_name(&attribute.name) => "has a name that SQS does not take",
            _ if attribute.data_type.len() > 256 => "has too long a type",
            (AttributeValue::Text(text), Some("String" | "Number")) if !text.is_empty() && is_legal(text) => {
                continue;
            }
            (AttributeValue::Bytes(bytes), Some("Binary")) if !bytes.is_empty() => continue,
            _ => "is empty, holds characters that SQS does not take, or does not fit its type",
        };
        return Err(format!("attribute {} {flaw}", text::plain(&attribute.name)));
    }
    if outgoing.fits() { Ok(()) } else { Err("more than 10 attributes, or 1 MiB".to_owned()) }
}

fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let lower = name.to_ascii_lowercase();
    let dotted = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    (1..=256).contains(&name.len()) && name.chars().all(legal) && !dotted && !reserved
}

fn is_legal(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}
