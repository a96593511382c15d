//! The table: whether it is the one that this program writes to, and may.

use mysql::error::{Class, StoreError};
use mysql::inspect::shape::flaws;
use mysql::inspect::table::{Insert, Migrations, Table};

use super::check::{Check, CheckName, skipped};

const MIGRATIONS: CheckName = CheckName("migrations");
const TABLE: CheckName = CheckName("table");
const SELECT: CheckName = CheckName("right to SELECT");
const INSERT: CheckName = CheckName("right to INSERT, UPDATE");

const MIGRATE: &str = "run `consumer migrate`";

/// Its migrations alone, where messages go to another table.
pub(super) fn migrations_only(table: Option<&Table>) -> Vec<Check> {
    match table {
        Some(table) => vec![migrations(&table.migrations)],
        None => skipped(&[MIGRATIONS], "the database cannot be reached"),
    }
}

/// The table; `None` where the database cannot be reached.
pub(super) fn checks(table: Option<&Table>) -> Vec<Check> {
    let Some(table) = table else {
        return skipped(&[MIGRATIONS, TABLE, SELECT, INSERT], "the database cannot be reached");
    };
    if is_missing(table) {
        let mut checks =
            vec![migrations(&table.migrations), TABLE.failed("there is no table `messages`", MIGRATE)];
        checks.extend(skipped(&[SELECT, INSERT], "there is no table"));
        return checks;
    }
    let select = allowed(SELECT, "allowed", table.select.as_ref().err());
    vec![migrations(&table.migrations), shape(table), select, insert(&table.insert)]
}

fn insert(insert: &Insert) -> Check {
    match insert {
        Insert::Tried(stored) => {
            allowed(INSERT, "allowed: a row was stored once more, and taken back", stored.as_ref().err())
        }
        Insert::Examined(allows) => {
            allowed(INSERT, "allowed; not tried, as there is no row to try it with", allows.as_ref().err())
        }
        Insert::Untried => INSERT.skipped("not tried: only with InnoDB would the row be taken back"),
    }
}

/// Servers show no columns to those who have no right to them, either.
fn is_missing(table: &Table) -> bool {
    const NO_SUCH_TABLE: Option<u16> = Some(1146);
    matches!(&table.select, Err(error) if error.code == NO_SUCH_TABLE)
}

fn migrations(found: &Result<Migrations, StoreError>) -> Check {
    match found {
        Err(_) => MIGRATIONS.skipped("cannot be read; a consumer need not"),
        Ok(Migrations { pending, .. }) if !pending.is_empty() => {
            MIGRATIONS.failed(format!("pending: {}", pending.join(", ")), MIGRATE)
        }
        Ok(Migrations { unknown, .. }) if !unknown.is_empty() => MIGRATIONS.warning(
            format!("the table is ahead of this program: {}", unknown.join(", ")),
            "deploy the version that applied them, unless this is meant",
        ),
        Ok(_) => MIGRATIONS.ok("all applied"),
    }
}

fn shape(table: &Table) -> Check {
    if table.columns.is_empty() {
        return TABLE.skipped("no right to see it");
    }
    let mut flaws = flaws(&table.columns);
    match table.engine.as_deref() {
        Some("InnoDB") => {}
        engine => flaws.push(format!("its engine is {}, not InnoDB", engine.unwrap_or("unknown"))),
    }
    if flaws.is_empty() {
        return TABLE.ok("`messages`, as it should be");
    }
    TABLE.failed(flaws.join("; "), "make it as `migrations` has it")
}

pub(super) fn allowed(about: CheckName, allowed: &str, error: Option<&StoreError>) -> Check {
    let Some(error) = error else { return about.ok(allowed) };
    let detail = format!("refused: {error}");
    match (error.class, error.code) {
        (_, Some(1142 | 1143)) => about.failed(detail, "grant SELECT, INSERT and UPDATE on `messages`"),
        (_, Some(1046 | 1049 | 1054 | 1146)) => about.failed(detail, MIGRATE),
        (Class::Schema | Class::Data, _) => {
            about.failed(detail, "mend the table: a row like those that are there would be refused")
        }
        (Class::Contention, _) => about.warning(detail, "somebody holds the table locked: ask again"),
        _ => about.failed(detail, "the consumer would hold everything: mend this first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};
    use mysql::inspect::shape::testing;

    #[test]
    fn a_table_that_is_not_there_is_told_from_one_that_may_not_be_seen() {
        let verdicts = |code| {
            let table = Table {
                migrations: Ok(Migrations::default()),
                columns: Vec::new(),
                engine: None,
                select: Err(denied(code)),
                insert: Insert::Untried,
            };
            checks(Some(&table)).iter().map(|check| check.verdict).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(1146), [Fine, Failed, Skipped, Skipped]);
        assert_eq!(verdicts(1142), [Fine, Skipped, Failed, Skipped]);
    }

    #[test]
    fn rows_need_a_table_with_transactions() {
        let table = |engine: Option<&str>| Table {
            migrations: Ok(Migrations::default()),
            columns: testing::whole(),
            engine: engine.map(str::to_owned),
            select: Ok(()),
            insert: Insert::Untried,
        };
        assert_eq!(shape(&table(Some("InnoDB"))).verdict, Fine);
        assert_eq!(shape(&table(Some("MyISAM"))).verdict, Failed);
        assert_eq!(shape(&table(None)).verdict, Failed);
    }

    #[test]
    fn pending_migrations_fail_and_later_ones_are_warned_of() {
        let verdict = |pending: &[&str], unknown: &[&str]| {
            let [pending, unknown] = [pending, unknown].map(|v| v.iter().map(ToString::to_string).collect());
            migrations(&Ok(Migrations { pending, unknown })).verdict
        };
        assert_eq!(
            (verdict(&[], &[]), verdict(&["1"], &["2"]), verdict(&[], &["2"])),
            (Fine, Failed, Warning)
        );
        assert_eq!(migrations(&Err(denied(1142))).verdict, Skipped);
    }

    fn denied(code: u16) -> StoreError {
        StoreError::server(code, "INSERT command denied".into())
    }

    #[test]
    fn a_right_that_is_missing_is_told_from_a_table_that_is_locked() {
        let grant = allowed(INSERT, "allowed", Some(&denied(1142)));
        assert!(grant.verdict == Failed && grant.remedy.is_some_and(|remedy| remedy.starts_with("grant")));
        assert_eq!(allowed(INSERT, "allowed", Some(&denied(1205))).verdict, Warning);
        assert_eq!(allowed(INSERT, "allowed", Some(&denied(1290))).verdict, Failed);
        assert_eq!(allowed(SELECT, "allowed", Some(&denied(1146))).remedy.as_deref(), Some(MIGRATE));
        assert_eq!(allowed(INSERT, "allowed", None).verdict, Fine);
    }
}
