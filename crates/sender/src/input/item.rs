//! What a line is: a message, something that is none, or nothing.

use outbound::Outgoing;
use shared::limits::MAX_BYTES;

use super::jsonl;
use super::lines::Line;
use super::name::Naming;

/// How lines are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line is a body.
    Lines,
    /// A line is a message in JSON.
    Jsonl,
}

/// A line that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// The number of its line, from 1.
    pub number: u64,
    /// Bytes of the input up to the end of the line.
    pub end: u64,
    /// What is to be sent.
    pub message: Result<Outgoing, Unreadable>,
}

/// A line that is no message.
#[derive(PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong with it, without quoting it.
    pub why: String,
    /// Bytes of the input that are before it.
    pub offset: u64,
    /// The line itself; `None` where it is too long.
    pub content: Option<Vec<u8>>,
}

/// Makes messages of lines.
#[derive(Clone, Debug)]
pub struct Reading {
    /// How.
    pub format: Format,
    /// How what has no name is named.
    pub naming: Naming,
    /// `MessageGroupId` of what says none.
    pub group: Option<String>,
}

impl Format {
    /// Bytes of a line at most. JSON may write a byte of a message as six (`\u0041`), and bytes as base64.
    pub const fn longest_line(self) -> usize {
        match self {
            Self::Lines => MAX_BYTES,
            Self::Jsonl => 8 * MAX_BYTES,
        }
    }
}

impl Reading {
    /// What is on the line; `None`: nothing.
    pub fn read(&self, line: Line) -> Option<Item> {
        let Line { number, offset, end, content } = line;
        if content.as_deref().is_some_and(|content| self.is_empty(content)) {
            return None;
        }
        let message = self.message(offset, content);
        Some(Item { number, end, message })
    }

    /// White space is a body, and between lines of JSON it is nothing.
    fn is_empty(&self, content: &[u8]) -> bool {
        match self.format {
            Format::Lines => content.is_empty(),
            Format::Jsonl => content.trim_ascii().is_empty(),
        }
    }

    fn message(&self, offset: u64, content: Option<Vec<u8>>) -> Result<Outgoing, Unreadable> {
        let Some(content) = content else {
            let why = format!("it is longer than {} bytes", self.format.longest_line());
            return Err(Unreadable { why, offset, content: None });
        };
        let unreadable = |why, content| Unreadable { why, offset, content: Some(content) };
        let text = String::from_utf8(content).map_err(|error| {
            let why = format!("it is not UTF-8, at byte {}", error.utf8_error().valid_up_to() + 1);
            unreadable(why, error.into_bytes())
        })?;
        self.of_text(offset, text).map_err(|(why, text)| unreadable(why, text.into_bytes()))
    }

    fn of_text(&self, offset: u64, text: String) -> Result<Outgoing, (String, String)> {
        let name = || self.naming.name(offset, &text);
        let message = match self.format {
            Format::Lines => Outgoing::new(name(), text),
            Format::Jsonl => jsonl::read(&text, name).map_err(|why| (why, text))?,
        };
        let group = message.group.or_else(|| self.group.clone());
        Ok(Outgoing { group, ..message })
    }
}

/// Without the line: it may be anybody's secret.
impl std::fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unreadable").field("why", &self.why).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(format: Format) -> Reading {
        Reading { format, naming: Naming::Source("s".to_owned()), group: Some("g".to_owned()) }
    }

    fn read(format: Format, content: &[u8]) -> Option<Item> {
        let line = Line { number: 3, offset: 40, end: 50, content: Some(content.to_vec()) };
        reading(format).read(line)
    }

    fn message(format: Format, content: &str) -> Outgoing {
        read(format, content.as_bytes()).unwrap().message.unwrap()
    }

    #[test]
    fn a_line_is_a_body_byte_for_byte_under_the_name_of_its_place() {
        let line = " a\tb \u{1f980} ";
        let message = message(Format::Lines, line);
        assert_eq!(message.dedup_id, Naming::Source("s".to_owned()).name(40, line));
        assert_eq!((message.body.as_str(), message.group.as_deref()), (line, Some("g")));
    }

    #[test]
    fn a_line_of_json_has_its_own_name_and_group_where_it_says_them() {
        let said = message(Format::Jsonl, r#"{"body":"b","dedup_id":"order-1","group":"h"}"#);
        assert_eq!((said.dedup_id.as_str(), said.group.as_deref()), ("order-1", Some("h")));
        let line = r#"{"body":"b"}"#;
        let unsaid = message(Format::Jsonl, line);
        assert_eq!(unsaid.dedup_id, Naming::Source("s".to_owned()).name(40, line));
        assert_eq!(unsaid.group.as_deref(), Some("g"));
    }

    #[test]
    fn an_empty_line_is_nothing_and_white_space_is_a_body_but_no_json() {
        assert_eq!(read(Format::Lines, b""), None);
        assert_eq!(message(Format::Lines, " ").body, " ");
        assert_eq!(read(Format::Jsonl, b" \t"), None);
    }

    #[test]
    fn what_is_no_message_keeps_its_line_and_says_why_without_it() {
        let cases = [
            (Format::Lines, &b"secret\xff"[..], "it is not UTF-8, at byte 7"),
            (Format::Jsonl, b"\xffsecret", "it is not UTF-8, at byte 1"),
            (Format::Jsonl, b"secret", "it is not JSON, at byte 1: expected value"),
        ];
        for (format, content, why) in cases {
            let item = read(format, content).unwrap();
            let unreadable = item.message.unwrap_err();
            assert_eq!((item.number, item.end, unreadable.offset), (3, 50, 40));
            assert_eq!((unreadable.why.as_str(), unreadable.content.as_deref()), (why, Some(content)));
            assert!(!format!("{unreadable:?}").contains("secret"));
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_no_message() {
        let line = Line { number: 1, offset: 0, end: 2_000_000, content: None };
        let unreadable = reading(Format::Lines).read(line).unwrap().message.unwrap_err();
        assert_eq!(unreadable.why, "it is longer than 1048576 bytes");
    }
}
