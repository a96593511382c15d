//! The columns of the table `inbox` against what transactions write in it.

use super::table::Column;

pub(crate) const TABLE: &str = "inbox";

/// What keeps a message from being marked as done, once for each job.
pub(crate) fn flaws(columns: &[Column]) -> Vec<String> {
    let named = |name: &str| columns.iter().find(|column| column.name == name);
    let missing = ["job", "id", "handled_at"].into_iter().filter(|name| named(name).is_none());
    let mut flaws: Vec<_> = missing.map(|name| format!("{name} is missing")).collect();
    let key = columns.iter().filter(|column| column.part_of == "PRI").map(|column| &*column.name);
    let mut key: Vec<_> = key.collect();
    key.sort_unstable();
    if key != ["id", "job"] {
        flaws.push("its primary key is not job and id: a message could be done twice".to_owned());
    }
    if let Some(id) = named("id").filter(|id| id.kind != "binary(16)") {
        flaws.push(format!("id is {}, not binary(16)", id.kind));
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::super::shape::testing::column;
    use super::*;

    type Spoil = fn(&mut Vec<Column>);

    fn whole() -> Vec<Column> {
        let of_key = |column| Column { part_of: "PRI".into(), ..column };
        let (job, id) = (column("job", "varchar(64)"), column("id", "binary(16)"));
        vec![of_key(job), of_key(id), column("handled_at", "datetime(6)")]
    }

    #[test]
    fn a_table_that_would_let_a_message_be_done_twice_is_found_out() {
        assert_eq!(flaws(&whole()), Vec::<String>::new());
        let cases: [(Spoil, &str); 4] = [
            (|columns| columns[0].part_of = String::new(), "primary key"),
            (|columns| columns[2].part_of = "PRI".into(), "primary key"),
            (|columns| columns[1].kind = "binary(8)".into(), "id is binary(8)"),
            (|columns| drop(columns.pop()), "handled_at is missing"),
        ];
        for (spoil, flaw) in cases {
            let mut columns = whole();
            spoil(&mut columns);
            let found = flaws(&columns);
            assert!(found.len() == 1 && found[0].contains(flaw), "{flaw}: {found:?}");
        }
    }
}
