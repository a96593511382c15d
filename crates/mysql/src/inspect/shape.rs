//! The table's columns against what the program stores in them: what may go wrong with each.

use super::table::Column;

/// What the program writes, and the types that hold all of it.
const KINDS: [(&str, &[&str]); 4] = [
    ("id", &["binary(16)"]),
    ("message", &["mediumtext", "longtext"]),
    ("created_at", &["datetime(6)"]),
    ("sent_at", &["datetime(3)", "datetime(6)"]),
];

/// What makes it the table of another program; of a table that cannot be seen, nothing.
pub(crate) fn foreign(columns: &[Column]) -> Vec<String> {
    if columns.is_empty() {
        return Vec::new();
    }
    let named = |name: &str| columns.iter().find(|column| column.name == name);
    let missing = KINDS.iter().filter(|(name, _)| named(name).is_none());
    let mut flaws: Vec<_> = missing.map(|(name, _)| format!("{name} is missing")).collect();
    if !columns.iter().filter(|column| column.part_of == "PRI").map(|key| &*key.name).eq(["id"]) {
        flaws.push("its primary key is not id alone: a message could be stored twice".to_owned());
    }
    flaws
}

/// What keeps rows from being stored, whole and once.
pub fn flaws(columns: &[Column]) -> Vec<String> {
    let named = |name: &str| columns.iter().find(|column| column.name == name);
    let mut flaws = foreign(columns);
    flaws.extend(KINDS.iter().filter_map(|(name, kinds)| wrong_kind(named(name)?, kinds)));
    let charset = named("message").and_then(|message| message.charset.as_deref());
    if let Some(charset) = charset.filter(|charset| *charset != "utf8mb4") {
        flaws.push(format!("message is {charset}, not utf8mb4: some text is refused"));
    }
    if named("sent_at").is_some_and(|sent_at| sent_at.nullable == "NO") {
        flaws.push("sent_at is NOT NULL".to_owned());
    }
    flaws.extend(
        columns
            .iter()
            .filter(|column| column.is_in_the_way())
            .map(|column| format!("{} has no default", column.name)),
    );
    flaws
}

fn wrong_kind(column: &Column, kinds: &[&str]) -> Option<String> {
    let is_right = kinds.contains(&&*column.kind.to_lowercase());
    (!is_right).then(|| format!("{} is {}, not {}", column.name, column.kind, kinds.join(" or ")))
}

impl Column {
    /// Whether a row is refused that says nothing of it, as all of the program's do.
    fn is_in_the_way(&self) -> bool {
        let is_written = ["id", "message", "sent_at"].contains(&&*self.name);
        let fills_itself = ["GENERATED", "auto_increment"].iter().any(|word| self.extra.contains(word));
        !is_written && !fills_itself && self.nullable == "NO" && self.value.is_none()
    }
}

/// Columns for tests.
#[cfg(any(test, feature = "testing"))]
pub mod testing {
    use super::Column;

    pub(crate) fn column(name: &str, kind: &str) -> Column {
        let text = |text: &str| text.to_owned();
        Column {
            name: text(name),
            kind: text(kind),
            charset: kind.contains("text").then(|| text("utf8mb4")),
            nullable: text(if name == "sent_at" { "YES" } else { "NO" }),
            value: (name == "created_at").then(|| text("current_timestamp(6)")),
            part_of: text(if name == "id" { "PRI" } else { "" }),
            extra: String::new(),
        }
    }

    /// As the migrations make them.
    pub fn whole() -> Vec<Column> {
        let kinds = [
            ("id", "binary(16)"),
            ("message", "mediumtext"),
            ("created_at", "datetime(6)"),
            ("sent_at", "datetime(3)"),
        ];
        kinds.map(|(name, kind)| column(name, kind)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{column, whole};
    use super::*;

    type Spoil = fn(&mut Vec<Column>);

    #[test]
    fn a_table_that_loses_or_doubles_is_found_out() {
        assert_eq!(flaws(&whole()), Vec::<String>::new());
        let cases: [(Spoil, &str); 9] = [
            (|columns| drop(columns.remove(3)), "sent_at is missing"),
            (|columns| columns[0].kind = "binary(15)".into(), "id is binary(15)"),
            (|columns| columns[1].kind = "text".into(), "message is text"),
            (|columns| columns[1].charset = Some("utf8mb3".into()), "not utf8mb4"),
            (|columns| columns[0].part_of = String::new(), "primary key"),
            (|columns| columns[2].part_of = "PRI".into(), "primary key"),
            (|columns| columns[2].value = None, "created_at has no default"),
            (|columns| columns[3].nullable = "NO".into(), "sent_at is NOT NULL"),
            (|columns| columns.push(column("extra", "int")), "extra has no default"),
        ];
        for (spoil, flaw) in cases {
            let mut columns = whole();
            spoil(&mut columns);
            let found = flaws(&columns);
            assert!(found.len() == 1 && found[0].contains(flaw), "{flaw}: {found:?}");
        }
    }

    #[test]
    fn a_table_of_another_program_is_told_from_one_that_was_changed() {
        assert_eq!(foreign(&[column("id", "binary(16)"), column("body", "text")]).len(), 3);
        let mut narrow = whole();
        narrow[1].kind = "varchar(20)".into();
        assert!(foreign(&narrow).is_empty() && foreign(&whole()).is_empty() && foreign(&[]).is_empty());
    }

    #[test]
    fn columns_that_fill_themselves_do_no_harm() {
        let mut columns = whole();
        columns.push(Column { extra: "STORED GENERATED".into(), ..column("a", "int") });
        columns.push(Column { nullable: "YES".into(), ..column("b", "int") });
        columns.push(Column { value: Some("0".into()), ..column("c", "int") });
        assert_eq!(flaws(&columns), Vec::<String>::new());
    }
}
