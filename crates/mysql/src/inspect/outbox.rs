//! The columns of the table `outbox` against what is published in it and sent from it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::bounded::run;
use super::table::{Column, columns};
use crate::connection::pool::Connection;
use crate::error::StoreError;

pub(crate) const TABLE: &str = "outbox";

const COLUMNS: [&str; 8] =
    ["seq", "id", "queue", "body", "attributes", "delay_seconds", "group_id", "created_at"];

/// The table, whatever there is of it.
#[derive(Clone, Debug, Default)]
pub struct OutboxFacts {
    /// Whether it is there, as far as this user may see.
    pub is_there: bool,
    /// What keeps messages from being published, or from being sent whole and in order.
    pub flaws: Vec<String>,
    /// Why a relay could not delete what it has sent.
    pub undeletable: Option<StoreError>,
    /// How the server logs what it is told, where that is no use for a relay.
    pub log_format: Option<String>,
    /// Rows, up to 100,000, and since how many seconds the first of them waits.
    pub waiting: Option<(u64, u64)>,
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    seconds: Option<i64>,
}

#[derive(QueryableByName)]
struct Format {
    #[diesel(sql_type = Text)]
    format: String,
}

const WAITING: &str = "SELECT COUNT(*) AS number, (SELECT TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(6)) \
     FROM outbox ORDER BY seq LIMIT 1) AS seconds FROM (SELECT 1 FROM outbox LIMIT 100000) AS counted";
/// Takes the same right as deleting rows; deletes none.
const DELETE: &str = "DELETE FROM outbox LIMIT 0";

/// Looks.
pub(crate) async fn look(connection: &mut Connection) -> Result<OutboxFacts, StoreError> {
    let columns = columns(connection, TABLE).await?;
    if columns.is_empty() {
        return Ok(OutboxFacts::default());
    }
    let delete = run(connection, |connection| Box::pin(connection.batch_execute(DELETE))).await;
    let waiting = diesel::sql_query(WAITING);
    let waiting = run(connection, |connection| Box::pin(waiting.get_result::<Waiting>(connection))).await;
    let format = diesel::sql_query("SELECT IF(@@log_bin, @@binlog_format, 'ROW') AS format");
    let format = run(connection, |connection| Box::pin(format.get_result::<Format>(connection))).await;
    let count = |Waiting { number, seconds }| {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        (count(number), count(seconds.unwrap_or(0)))
    };
    Ok(OutboxFacts {
        is_there: true,
        flaws: flaws(&columns),
        undeletable: refused(delete)?.err(),
        log_format: refused(format)?.ok().map(|it| it.format).filter(|format| format == "STATEMENT"),
        waiting: refused(waiting)?.ok().map(count),
    })
}

/// A refusal is an answer. After anything else the connection is of no use any more.
fn refused<T>(result: Result<T, StoreError>) -> Result<Result<T, StoreError>, StoreError> {
    match result {
        Err(error) if error.code.is_none() => Err(error),
        answered => Ok(answered),
    }
}

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
        for column in &mut columns {
            column.part_of = if column.name == "seq" { "PRI".into() } else { String::new() };
        }
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
