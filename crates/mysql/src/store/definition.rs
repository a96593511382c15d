//! What the table refuses by its definition, and what became stricter since it was last looked at.
//!
//! Only what can refuse rows counts: partitions come and go, and indexes, comments and columns
//! that fill themselves do no harm.

use std::collections::BTreeSet;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use super::column::{self, Definition as Column};
use super::subject::Subject;
use crate::connection::pool::Connection;
use crate::error::StoreError;

/// Where a row is refused that others' triggers do not like; seen only with the right to triggers.
const TRIGGERS: &str = "SELECT CONCAT(TRIGGER_NAME, ' ', ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', \
     ACTION_STATEMENT) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() \
     AND EVENT_MANIPULATION <> 'DELETE' AND EVENT_OBJECT_TABLE = ";

/// A view has no definition of this kind, and what it stands for is not looked at.
const KIND: &str = "SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
     AND TABLE_NAME = ";

/// The parts of a table's definition that can refuse rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    columns: Vec<Column>,
    /// Unique and foreign keys and `CHECK`s, as the server prints them.
    rules: BTreeSet<String>,
    triggers: BTreeSet<String>,
}

/// What an operator takes for right: what it was at the start, or when they said so.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    subject: Subject,
    table: Option<Definition>,
    /// How it may fall short of what the program stores.
    flaws: Vec<String>,
}

impl Accepted {
    /// The table as it was found, and none of its flaws.
    pub(crate) fn as_found(subject: Subject, table: Option<Definition>) -> Self {
        Self { subject, table, flaws: Vec::new() }
    }

    /// The table as it is, with all its flaws.
    pub(crate) fn all_of(subject: Subject, table: Option<Definition>) -> Self {
        let flaws = table.as_ref().map(|table| table.flaws(&subject)).unwrap_or_default();
        Self { subject, table, flaws }
    }

    /// What may refuse rows now, and is not what was accepted. Of a table that could not be read
    /// before, what is found now is accepted.
    pub(crate) fn changes(&mut self, now: Option<&Definition>) -> Vec<String> {
        let Some(now) = now else { return Vec::new() };
        let Some(table) = &self.table else {
            self.table = Some(now.clone());
            return self.changes(Some(now));
        };
        table.stricter(now, &self.subject, &self.flaws)
    }
}

impl Definition {
    /// As the server has it; `None` where it does not show it.
    pub(crate) async fn read(
        connection: &mut Connection,
        subject: &Subject,
    ) -> Result<Option<Self>, StoreError> {
        let kind = sql::<Text>(KIND).bind::<Text, _>(subject.table.clone());
        let kind = connection.run(|connection| Box::pin(kind.load::<String>(connection)));
        if visible(kind.await)?.unwrap_or_default() != ["BASE TABLE"] {
            return Ok(None);
        }
        let shown = sql::<(Text, Text)>(&format!("SHOW CREATE TABLE {}", subject.quoted()));
        let shown = connection.run(|connection| Box::pin(shown.get_result::<(String, String)>(connection)));
        let Some((_, shown)) = visible(shown.await)? else { return Ok(None) };
        let triggers = sql::<Text>(TRIGGERS).bind::<Text, _>(subject.table.clone());
        let triggers = connection.run(|connection| Box::pin(triggers.load::<String>(connection)));
        let triggers = visible(triggers.await)?.unwrap_or_default();
        Ok(Some(Self::of(&shown, triggers)))
    }

    /// Of the statement that would create it.
    fn of(create: &str, triggers: Vec<String>) -> Self {
        let charset = create.rsplit_once("CHARSET=").map_or("", |(_, rest)| rest);
        let charset = charset.split([' ', '\n']).next().unwrap_or_default();
        let mut table = Self { triggers: triggers.into_iter().collect(), ..Self::default() };
        for line in create.lines().skip(1).take_while(|line| !line.starts_with(')')) {
            let line = column::without_comment(line.trim().trim_end_matches(','));
            if line.starts_with('`') {
                table.columns.extend(Column::of(&line, charset));
            } else if ["UNIQUE", "CONSTRAINT", "CHECK"].iter().any(|rule| line.starts_with(rule)) {
                table.rules.insert(line);
            }
        }
        table
    }

    /// What refuses rows in `now` that are fine here, or that the program stores, beside what is accepted.
    fn stricter(&self, now: &Self, subject: &Subject, accepted: &[String]) -> Vec<String> {
        let columns = now.columns.iter().filter_map(|column| {
            let then = self.columns.iter().find(|then| then.name == column.name);
            let flaw = column.flaw(subject).filter(|flaw| !accepted.contains(flaw));
            flaw.or_else(|| column.stricter_than(then, subject))
        });
        let rules = now.rules.difference(&self.rules).map(|rule| format!("it has a new {rule}"));
        let triggers = now.triggers.difference(&self.triggers);
        let triggers = triggers.map(|trigger| {
            let name = trigger.split(' ').next().unwrap_or_default();
            format!("its trigger {name} is new or another")
        });
        columns.chain(rules).chain(triggers).collect()
    }

    /// What does not hold all that the program stores, as the migrations' table does.
    fn flaws(&self, subject: &Subject) -> Vec<String> {
        self.columns.iter().filter_map(|column| column.flaw(subject)).collect()
    }
}

/// What the server refuses to show just is not seen.
fn visible<T>(shown: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match shown {
        Err(error) if error.keeps_connection() => Ok(None),
        shown => shown.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As MariaDB and MySQL print what the migrations make.
    const WHOLE: &str = "CREATE TABLE `messages` (\n  `id` binary(16) NOT NULL,\n  \
         `message` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,\n  \
         `created_at` datetime(6) NOT NULL DEFAULT current_timestamp(6),\n  \
         `sent_at` datetime(3) DEFAULT NULL,\n  PRIMARY KEY (`id`)\n\
         ) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci";

    fn own() -> Subject {
        Subject::messages()
    }

    fn table(create: &str) -> Definition {
        Definition::of(create, Vec::new())
    }

    /// What is said where `now` stands in place of `then`.
    fn changes(then: &str, now: &str) -> Vec<String> {
        let create = WHOLE.replacen(then, now, 1);
        assert!(then == now || create != WHOLE, "{then} is not in it");
        Accepted::as_found(own(), Some(table(WHOLE))).changes(Some(&table(&create)))
    }

    fn added(line: &str) -> Vec<String> {
        changes("  PRIMARY KEY", &format!("  {line},\n  PRIMARY KEY"))
    }

    #[test]
    fn what_can_refuse_rows_counts() {
        for line in [
            "`tenant` int(11) NOT NULL",
            "`kind` varchar(9) GENERATED ALWAYS AS (json_value(`message`,'$.kind')) VIRTUAL",
            "`size` int(11) DEFAULT 0 CHECK (`size` > 0)",
            "UNIQUE KEY `once` (`message`(99))",
            "CONSTRAINT `c` CHECK (json_valid(`message`))",
            "CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `tenants` (`id`)",
        ] {
            assert_eq!(added(line).len(), 1, "{line}");
        }
        for (then, now) in [
            ("mediumtext", "varchar(20)"),
            ("mediumtext", "json"),
            ("mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "mediumtext"),
            ("datetime(3) DEFAULT NULL", "datetime(3) NOT NULL"),
            ("datetime(3)", "date"),
            ("binary(16)", "binary(15)"),
        ] {
            assert_eq!(changes(then, now).len(), 1, "{now}: {:?}", changes(then, now));
        }
    }

    #[test]
    fn what_refuses_nothing_does_not() {
        for line in [
            "`note` varchar(9) DEFAULT NULL",
            "`tenant` int(11) NOT NULL DEFAULT 0",
            "`number` bigint NOT NULL AUTO_INCREMENT",
            "KEY `by_time` (`created_at`)",
            "FULLTEXT KEY `words` (`message`)",
        ] {
            assert_eq!(added(line), Vec::<String>::new(), "{line}");
        }
        for (then, now) in [
            ("mediumtext", "longtext"),
            ("datetime(3)", "datetime(6)"),
            (
                "`sent_at` datetime(3) DEFAULT NULL",
                "`sent_at` datetime(3) DEFAULT NULL COMMENT 'it''s NOT NULL, CHECK (1)'",
            ),
            ("ENGINE=InnoDB", "ENGINE=InnoDB AUTO_INCREMENT=7"),
            (
                "latin1_swedish_ci",
                "latin1_swedish_ci COMMENT='x'\n/*!50100 PARTITION BY RANGE COLUMNS(id) */",
            ),
            // With another default of the table's, the same column is printed in other words.
            ("utf8mb4 COLLATE utf8mb4_bin NOT NULL", "utf8mb4 NOT NULL"),
        ] {
            assert_eq!(changes(then, now), Vec::<String>::new(), "{now}");
        }
        let in_words_of_utf8mb4 = WHOLE.replace(" CHARACTER SET utf8mb4", "").replace("latin1", "utf8mb4");
        assert!(table(WHOLE).stricter(&table(&in_words_of_utf8mb4), &own(), &[]).is_empty());
    }

    #[test]
    fn a_table_that_holds_less_than_the_migrations_is_not_as_it_should_be_until_accepted() {
        let narrow = table(&WHOLE.replace("mediumtext", "varchar(20)"));
        let mut accepted = Accepted::as_found(own(), Some(narrow.clone()));
        assert_eq!(accepted.changes(Some(&narrow)), ["message is varchar(20), not mediumtext"]);
        assert!(accepted.changes(Some(&table(WHOLE))).is_empty(), "mended");
        let mut accepted = Accepted::all_of(own(), Some(narrow.clone()));
        assert!(accepted.changes(Some(&narrow)).is_empty());
        let narrower = table(&WHOLE.replace("mediumtext", "varchar(19)"));
        assert!(!accepted.changes(Some(&narrower)).is_empty());
    }

    #[test]
    fn of_a_table_of_the_users_own_counts_what_is_written() {
        let subject = Subject::of("orders", ["total".to_owned()]);
        let create = |total: &str, note: &str| {
            table(&format!("CREATE TABLE `orders` (\n  `total` {total},\n  `note` {note}\n) ENGINE=InnoDB"))
        };
        let then = create("decimal(10,2) DEFAULT NULL", "text DEFAULT NULL");
        let changes = |total: &str, note: &str| then.stricter(&create(total, note), &subject, &[]);
        assert_eq!(changes("decimal(10,2) DEFAULT NULL", "varchar(1) DEFAULT NULL"), Vec::<String>::new());
        assert_eq!(changes("decimal(10,2) NOT NULL", "text DEFAULT NULL"), ["total is NOT NULL"]);
        assert_eq!(changes("decimal(9,2) DEFAULT NULL", "text DEFAULT NULL").len(), 1);
        assert_eq!(changes("decimal(10,2) DEFAULT NULL", "text NOT NULL").len(), 1);
    }

    #[test]
    fn triggers_count_and_so_does_what_they_do() {
        let with = |trigger: &str| Definition::of(WHOLE, vec![trigger.to_owned()]);
        let (one, other) = (with("audit AFTER INSERT BEGIN END"), with("audit AFTER INSERT SIGNAL"));
        assert_eq!(table(WHOLE).stricter(&one, &own(), &[]), ["its trigger audit is new or another"]);
        assert_eq!(one.stricter(&other, &own(), &[]).len(), 1);
        assert!(
            one.stricter(&one, &own(), &[]).is_empty() && one.stricter(&table(WHOLE), &own(), &[]).is_empty()
        );
    }

    #[test]
    fn a_table_that_could_not_be_read_is_accepted_as_it_is_found_first() {
        let mut accepted = Accepted::as_found(own(), None);
        assert!(accepted.changes(None).is_empty() && accepted.changes(Some(&table(WHOLE))).is_empty());
        let checked = WHOLE.replace("  PRIMARY", "  CONSTRAINT `c` CHECK (1),\n  PRIMARY");
        assert_eq!(accepted.changes(Some(&table(&checked))).len(), 1);
    }
}
