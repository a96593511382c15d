//! What names a message that its line gives no name.

use shared::message::DedupId;

/// How lines without a name are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// After this source, their place in it, and what is on them: whoever sends the same again sends it
    /// under the same names.
    Source(String),
    /// Anew each time.
    Anew,
}

impl Naming {
    /// The `dedup-id` of what is on the line at `offset`. Of a source it is the `UUIDv8` made of the
    /// SHA-256 of its name, the offset in decimal and the line, with a NUL between them: neither name nor
    /// number has one, so that no two lines read alike.
    pub fn name(&self, offset: u64, line: &str) -> String {
        let id = match self {
            Self::Source(source) => DedupId::of(&format!("{source}\0{offset}\0{line}")),
            Self::Anew => DedupId::generate(),
        };
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(source: &str, offset: u64, line: &str) -> String {
        Naming::Source(source.to_owned()).name(offset, line)
    }

    #[test]
    fn the_same_line_at_the_same_place_has_the_same_name_for_ever() {
        // As `printf "orders\0012\0hello" | sha256sum` says, with the bits of a `UUIDv8`.
        assert_eq!(name("orders", 12, "hello"), "e96d4d65-fb7b-8f5c-8bbe-91bdc28c3c2e");
    }

    #[test]
    fn another_source_place_or_content_is_another_message() {
        let names = [
            name("orders", 12, "hello"),
            name("orders", 18, "hello"),
            name("order", 12, "hello"),
            name("orders", 12, "hello "),
            name("orders1", 2, "hello"),
            name("orders", 1, "2\0hello"),
        ];
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn without_a_source_the_same_line_is_another_message_each_time() {
        assert_ne!(Naming::Anew.name(12, "hello"), Naming::Anew.name(12, "hello"));
    }
}
