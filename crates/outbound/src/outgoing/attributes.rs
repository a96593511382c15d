//! What SQS demands of attributes.

use shared::limits::MAX_ATTRIBUTES;
use shared::message::{Attribute, AttributeValue, DEDUP_ID};

use crate::flaw::{Flaw, taken};

pub(super) fn check(attributes: &[Attribute]) -> Result<(), Flaw> {
    let count = attributes.len() + 1;
    if count > MAX_ATTRIBUTES {
        return Err(Flaw::Attributes(count));
    }
    attributes.iter().enumerate().try_for_each(|(position, attribute)| {
        let is_again = attributes[..position].iter().any(|other| other.name == attribute.name);
        let wrong = |what| Err(Flaw::Attribute(attribute.name.clone(), what));
        match () {
            () if !is_name(&attribute.name) => {
                wrong("must have a name of 1 to 256 letters, digits, hyphens, underscores and single dots, which begins with neither AWS. nor Amazon.")
            }
            () if attribute.name == DEDUP_ID => wrong("is the message's own name and cannot be set beside it"),
            () if is_again => wrong("is there twice"),
            () => check_value(attribute),
        }
    })
}

fn check_value(attribute: &Attribute) -> Result<(), Flaw> {
    let wrong = |what| Err(Flaw::Attribute(attribute.name.clone(), what));
    let kind = attribute.data_type.split('.').next().unwrap_or_default();
    match (&attribute.value, kind) {
        (AttributeValue::Text(text), "String" | "Number") if !text.is_empty() => {
            taken("value of an attribute", text)
        }
        (AttributeValue::Bytes(bytes), "Binary") if !bytes.is_empty() => Ok(()),
        (AttributeValue::Text(_), "String" | "Number") | (AttributeValue::Bytes(_), "Binary") => {
            wrong("is empty: SQS takes no empty values")
        }
        _ => wrong("must be of the type String, Number or Binary, as its value is"),
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let lower = name.to_ascii_lowercase();
    (1..=256).contains(&name.len())
        && name.bytes().all(is_allowed)
        && !name.split('.').any(str::is_empty)
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
}
