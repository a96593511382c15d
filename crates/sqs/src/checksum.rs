//! The checksums of SQS's answers. The Rust SDK, unlike others, does not compare them.

use shared::message::{Attribute, AttributeValue, checksum, is_checksum};

/// What an answer to a send says of what SQS took; `None`: it does not say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) body: Option<&'a str>,
    pub(super) attributes: Option<&'a str>,
}

/// SQS says that it took something else than was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SQS's answer has the checksum of another message: what it took counts as not sent")]
pub(super) struct Corrupt;

impl Taken<'_> {
    /// Compares it with what was sent.
    pub(super) fn check(self, body: &str, attributes: &[Attribute]) -> Result<(), Corrupt> {
        let is_right = self.body.is_none_or(|said| is_checksum(said, body))
            && self.attributes.is_none_or(|said| attributes.is_empty() || said == of_attributes(attributes));
        if is_right { Ok(()) } else { Err(Corrupt) }
    }
}

/// Name, type, kind of value and value of each, by name.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>
fn of_attributes(attributes: &[Attribute]) -> String {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut text = Vec::new();
    for Attribute { name, data_type, value } in sorted {
        let (kind, value) = match value {
            AttributeValue::Text(text) => (1, text.as_bytes()),
            AttributeValue::Bytes(bytes) => (2, bytes.as_slice()),
        };
        part(&mut text, name.as_bytes());
        part(&mut text, data_type.as_bytes());
        text.push(kind);
        part(&mut text, value);
    }
    checksum(text)
}

fn part(text: &mut Vec<u8>, bytes: &[u8]) {
    text.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    text.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "92eb5ffee6ae2fec3ad71c777531578f";

    #[test]
    fn an_answer_about_another_message_is_seen() {
        let taken = |body, attributes| Taken { body, attributes }.check("b", &[Attribute::text("a", "1")]);
        let said = of_attributes(&[Attribute::text("a", "1")]);
        assert_eq!(taken(Some(BODY), Some(said.as_str())), Ok(()));
        assert_eq!(taken(None, None), Ok(()));
        assert_eq!(taken(Some("92eb5ffee6ae2fec3ad71c777531578e"), Some(said.as_str())), Err(Corrupt));
        assert_eq!(taken(Some(BODY), Some(BODY)), Err(Corrupt));
    }

    #[test]
    fn the_order_of_attributes_does_not_matter_and_everything_else_does() {
        let text = |name, value| Attribute::text(name, value);
        let sum = of_attributes(&[text("a", "1"), text("b", "2")]);
        assert_eq!(sum, of_attributes(&[text("b", "2"), text("a", "1")]));
        let mut typed = [text("a", "1"), text("b", "2")];
        typed[0].data_type = "Number".into();
        let bytes = Attribute { value: AttributeValue::Bytes(b"1".to_vec()), ..text("a", "") };
        for other in [&[text("a", "1"), text("b", "3")], &typed, &[bytes, text("b", "2")]] {
            assert_ne!(of_attributes(other), sum);
        }
    }
}
