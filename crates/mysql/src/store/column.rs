//! A column as the server prints it, and which values it refuses that another one takes.

use super::subject::Subject;

/// A column's definition, as far as it can refuse a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// Its type, such as `varchar(20)`.
    kind: String,
    /// Of text.
    charset: String,
    is_nullable: bool,
    /// Whether it fills itself where a row says nothing of it.
    has_value: bool,
    /// A `CHECK` or an expression of its own.
    rule: Option<String>,
}

/// How much a type takes: characters or bytes of text, or digits of a second's fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Characters(u64),
    Bytes(u64),
    Fraction(u64),
}

impl Definition {
    /// Of a line like `` `sent_at` datetime(3) DEFAULT NULL ``; `charset` is the table's.
    pub(crate) fn of(line: &str, charset: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix('`')?.split_once("` ")?;
        let kind = kind(rest);
        let is_text = matches!(room(&kind), Some(Room::Characters(_) | Room::Bytes(_)));
        let own = || after(rest, "CHARACTER SET ").or_else(|| after(rest, "COLLATE ")?.split('_').next());
        let charset = if is_text { own().unwrap_or(charset) } else { "" };
        let rule = ["GENERATED ALWAYS", "CHECK ("].iter().filter_map(|word| rest.find(word)).min();
        Some(Self {
            name: name.to_owned(),
            charset: charset.to_owned(),
            is_nullable: !rest.contains("NOT NULL"),
            has_value: ["DEFAULT ", "AUTO_INCREMENT"].iter().any(|word| rest.contains(word)),
            rule: rule.map(|start| rest[start..].to_owned()),
            kind,
        })
    }

    /// Whether a row is refused that says nothing of it, as all of the program's do.
    fn is_wanting(&self, subject: &Subject) -> bool {
        !subject.writes(&self.name) && !self.is_nullable && !self.has_value && self.rule.is_none()
    }

    /// What it refuses that it took as `then`, or took when it was not there.
    pub(crate) fn stricter_than(&self, then: Option<&Self>, subject: &Subject) -> Option<String> {
        let Self { name, kind, .. } = self;
        if self.is_wanting(subject) && !then.is_some_and(|then| then.is_wanting(subject)) {
            return Some(format!("{name} is NOT NULL and has no default"));
        }
        if self.rule.is_some() && self.rule != then.and_then(|then| then.rule.clone()) {
            return Some(format!("{name} has a new {}", self.rule.as_deref().unwrap_or_default()));
        }
        let then = then?;
        if subject.writes(name) && then.is_nullable && !self.is_nullable {
            return Some(format!("{name} is NOT NULL"));
        }
        if self.charset != then.charset && self.charset != "utf8mb4" {
            return Some(format!("{name} is {}, and was {}", self.charset, then.charset));
        }
        let matters = subject.is_own || subject.writes(name);
        (matters && !holds(kind, &then.kind)).then(|| format!("{name} is {kind}, and was {}", then.kind))
    }

    /// What it does not hold that the program stores.
    pub(crate) fn flaw(&self, subject: &Subject) -> Option<String> {
        if !subject.is_own {
            return None;
        }
        let wanted = match &*self.name {
            "id" => "binary(16)",
            "message" => "mediumtext",
            "sent_at" => "datetime(3)",
            _ => return None,
        };
        let Self { name, kind, charset, .. } = self;
        if !holds(kind, wanted) {
            return Some(format!("{name} is {kind}, not {wanted}"));
        }
        if name == "message" && charset != "utf8mb4" {
            return Some(format!("{name} is {charset}, not utf8mb4"));
        }
        (name == "sent_at" && !self.is_nullable).then(|| format!("{name} is NOT NULL"))
    }
}

/// The type: up to the first space that is in no parentheses, and whether it is unsigned.
fn kind(rest: &str) -> String {
    let mut depth = 0;
    let end = rest.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ' ' && depth == 0
    });
    let (kind, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let unsigned = if rest.starts_with(" unsigned") { " unsigned" } else { "" };
    format!("{kind}{unsigned}").to_lowercase()
}

fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.split_once(word)?.1.split(' ').next()
}

fn holds(kind: &str, other: &str) -> bool {
    match (room(kind), room(other)) {
        _ if kind == other => true,
        (Some(Room::Characters(most)), Some(Room::Characters(least) | Room::Bytes(least)))
        | (Some(Room::Fraction(most)), Some(Room::Fraction(least)))
        | (Some(Room::Bytes(most)), Some(Room::Bytes(least))) => most >= least,
        // A character takes up to four bytes.
        (Some(Room::Bytes(most)), Some(Room::Characters(least))) => most >= 4 * least,
        _ => false,
    }
}

/// <https://dev.mysql.com/doc/refman/8.4/en/storage-requirements.html>
fn room(kind: &str) -> Option<Room> {
    let (name, number) = kind.split_once('(').unwrap_or((kind, ""));
    let number = number.trim_end_matches(')').parse::<u64>();
    match name {
        "tinytext" => Some(Room::Bytes(0xff)),
        "text" => Some(Room::Bytes(0xffff)),
        "mediumtext" => Some(Room::Bytes(0x00ff_ffff)),
        "longtext" => Some(Room::Bytes(0xffff_ffff)),
        "varchar" => Some(Room::Characters(number.ok()?)),
        "datetime" => Some(Room::Fraction(number.unwrap_or(0))),
        _ => None,
    }
}

/// Without what `COMMENT` says, which may hold anything.
pub(crate) fn without_comment(line: &str) -> String {
    const COMMENT: &str = " COMMENT '";
    let Some((before, rest)) = line.split_once(COMMENT) else { return line.to_owned() };
    let mut quotes = rest.char_indices().filter(|(_, c)| *c == '\'').map(|(at, _)| at).peekable();
    while let Some(at) = quotes.next() {
        // A quote that is doubled is one of the text's.
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return format!("{before}{}", &rest[at + 1..]);
        }
    }
    before.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whatever_words_are_in_it() {
        let column =
            Definition::of("`price` decimal(10, 2) unsigned NOT NULL DEFAULT 0.00", "latin1").unwrap();
        assert_eq!((&*column.kind, &*column.charset), ("decimal(10, 2) unsigned", ""));
        assert!(column.has_value && !column.is_nullable);
        let text = Definition::of("`message` longtext COLLATE utf8mb4_0900_ai_ci", "latin1").unwrap();
        assert_eq!((&*text.charset, text.is_nullable), ("utf8mb4", true));
        assert_eq!(Definition::of("`x` varchar(3)", "latin1").unwrap().charset, "latin1");
    }

    #[test]
    fn a_type_holds_another_that_is_not_larger() {
        for (kind, other) in
            [("longtext", "mediumtext"), ("varchar(9)", "varchar(9)"), ("text", "varchar(16383)")]
        {
            assert!(holds(kind, other) && (kind == other || !holds(other, kind)), "{kind} {other}");
        }
        assert!(
            !holds("text", "varchar(16384)") && !holds("int(11)", "bigint(20)") && !holds("json", "longtext")
        );
        assert!(holds("datetime(6)", "datetime(3)") && !holds("datetime", "datetime(3)"));
    }

    #[test]
    fn comments_are_left_out_and_nothing_else() {
        let line = "`a` int COMMENT 'it''s, ''quoted''' CHECK (`a` > 0)";
        assert_eq!(without_comment(line), "`a` int CHECK (`a` > 0)");
        assert_eq!(without_comment("`a` int COMMENT ''"), "`a` int");
        assert_eq!(without_comment("`a` int"), "`a` int");
    }
}
