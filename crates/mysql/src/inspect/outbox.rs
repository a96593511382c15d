//! The columns of the table `outbox` against what is published in it and sent from it.

use super::table::Column;

pub(crate) const TABLE: &str = "outbox";

const COLUMNS: [&str; 8] =
    ["seq", "id", "queue", "body", "attributes", "delay_seconds", "group_id", "created_at"];

/// What keeps messages from being published, or from being sent whole and in order.
pub(crate) fn flaws(columns: &[Column]) -> Vec<String> {
    let named = |name: &str| columns.iter().find(|column| column.name == name);
    let missing = COLUMNS.into_iter().chain(["bytes"]).filter(|name| named(name).is_none());
    let mut flaws: Vec<_> = missing.map(|name| format!("{name} is missing")).collect();
    if !columns.iter().filter(|column| column.part_of == "PRI").map(|key| &*key.name).eq(["seq"]) {
        flaws.push("its primary key is not seq alone: messages could not be sent in order".to_owned());
    }
    if named("seq").is_some_and(|seq| !seq.extra.to_lowercase().contains("auto_increment")) {
        flaws.push("seq does not count by itself (AUTO_INCREMENT)".to_owned());
    }
    if named("body").is_some_and(|body| body.charset.as_deref() != Some("utf8mb4")) {
        flaws.push("body is not utf8mb4: some text is refused".to_owned());
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::super::shape::testing::column;
    use super::*;

    type Spoil = fn(&mut Vec<Column>);

    fn whole() -> Vec<Column> {
        let mut columns: Vec<_> =
            COLUMNS.into_iter().chain(["bytes"]).map(|name| column(name, "mediumtext")).collect();
        columns[0].part_of = "PRI".into();
        columns[0].extra = "auto_increment".into();
        columns[3].charset = Some("utf8mb4".into());
        columns
    }

    #[test]
    fn a_table_that_messages_cannot_be_sent_from_in_order_is_found_out() {
        assert_eq!(flaws(&whole()), Vec::<String>::new());
        let cases: [(Spoil, &str); 4] = [
            (|columns| columns[0].part_of = String::new(), "primary key"),
            (|columns| columns[0].extra = String::new(), "AUTO_INCREMENT"),
            (|columns| columns[3].charset = Some("latin1".into()), "utf8mb4"),
            (|columns| drop(columns.pop()), "bytes is missing"),
        ];
        for (spoil, flaw) in cases {
            let mut columns = whole();
            spoil(&mut columns);
            let found = flaws(&columns);
            assert!(found.len() == 1 && found[0].contains(flaw), "{flaw}: {found:?}");
        }
    }
}
