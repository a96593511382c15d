//! A line of a file of rejects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outbound::Outgoing;
use outbound::attribute_json::{self, Values};
use serde::Serialize;

use crate::input::item::Unreadable;

/// A line of the file. What `--jsonl` reads of it is the message; the rest is for people.
#[derive(Debug, Serialize)]
pub struct Reject<'a> {
    why: &'a str,
    line: u64,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What<'a> {
    Message(Message<'a>),
    Unreadable(Raw<'a>),
}

#[derive(Serialize)]
struct Message<'a> {
    dedup_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Values::is_empty")]
    attributes: Values,
    body: &'a str,
}

#[derive(Serialize)]
struct Raw<'a> {
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl<'a> Reject<'a> {
    /// A message that is not known to be on the queue.
    pub fn message(line: u64, message: &'a Outgoing, why: &'a str) -> Self {
        let Outgoing { dedup_id, body, attributes, group, delay } = message;
        let what = Message {
            dedup_id,
            group: group.as_deref(),
            delay_seconds: Some(delay.as_secs()).filter(|seconds| *seconds > 0),
            attributes: attribute_json::write(attributes),
            body,
        };
        Self { why, line, what: What::Message(what) }
    }

    /// A line that is no message. Nobody can send it before somebody mends it.
    pub fn unreadable(line: u64, unreadable: &'a Unreadable) -> Self {
        let Unreadable { why, offset, content } = unreadable;
        let bytes = content.as_deref();
        let text = bytes.and_then(|bytes| str::from_utf8(bytes).ok());
        let base64 = bytes.filter(|_| text.is_none()).map(|bytes| STANDARD.encode(bytes));
        Self { why, line, what: What::Unreadable(Raw { offset: *offset, text, base64 }) }
    }
}

/// Without what it holds: it may be anybody's secret.
impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("dedup_id", &self.dedup_id).finish_non_exhaustive()
    }
}

/// Without the line: it may be anybody's secret.
impl std::fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raw").field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::message::{Attribute, AttributeValue};

    use super::*;
    use crate::input::jsonl;

    fn read_back(reject: &Reject<'_>) -> Result<Outgoing, String> {
        let line = serde_json::to_string(reject).unwrap();
        assert!(!line.contains('\n'), "{line}");
        jsonl::read(&line, || unreachable!("it has a name"))
    }

    #[test]
    fn a_message_comes_back_as_it_was_and_under_its_name() {
        let bytes = AttributeValue::Bytes(vec![0, 255, 10]);
        let message = Outgoing {
            attributes: vec![
                Attribute { name: "b".into(), data_type: "Binary.x".into(), value: bytes },
                Attribute::text("kind", "é"),
            ],
            group: Some("g".to_owned()),
            delay: Duration::from_secs(7),
            ..Outgoing::new("order-1", "a\r\n\t\"\\\u{1f980}\u{2028}")
        };
        assert_eq!(read_back(&Reject::message(3, &message, "SQS is away")), Ok(message));
        let plain = Outgoing::new("order-1", "b");
        let line = serde_json::to_string(&Reject::message(3, &plain, "no")).unwrap();
        assert_eq!(line, r#"{"why":"no","line":3,"dedup_id":"order-1","body":"b"}"#);
        assert_eq!(read_back(&Reject::message(3, &plain, "no")), Ok(plain));
    }

    fn unreadable(content: Option<&[u8]>) -> Unreadable {
        Unreadable { why: "it is bad".to_owned(), offset: 40, content: content.map(<[u8]>::to_vec) }
    }

    #[test]
    fn a_line_that_is_no_message_is_kept_and_not_sent() {
        let cases = [
            (Some(&b"{\"body\""[..]), r#"{"why":"it is bad","line":3,"offset":40,"text":"{\"body\""}"#),
            (Some(b"a\xff"), r#"{"why":"it is bad","line":3,"offset":40,"base64":"Yf8="}"#),
            (None, r#"{"why":"it is bad","line":3,"offset":40}"#),
        ];
        for (content, line) in cases {
            let unreadable = unreadable(content);
            let reject = Reject::unreadable(3, &unreadable);
            assert_eq!(serde_json::to_string(&reject).unwrap(), line);
            assert_eq!(read_back(&reject), Err("it has no body".to_owned()));
        }
    }

    #[test]
    fn a_reject_shows_itself_without_what_it_holds() {
        let (message, line) = (Outgoing::new("id", "secret"), unreadable(Some(b"secret")));
        let shown = format!("{:?} {:?}", Reject::message(1, &message, "no"), Reject::unreadable(1, &line));
        assert!(!shown.contains("secret") && !shown.contains("99, 114"), "{shown}");
    }
}
