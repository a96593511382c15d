//! A statement on its own: its text and its values, without the query that it was built from.
//!
//! A failed statement's code has to be asked for on the same connection, right after it. So the
//! connection must be free again by then, and must not be lent to the query for as long as that lives.

use diesel::mysql::{Mysql, MysqlQueryBuilder};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel_async::methods::ExecuteDsl;
use diesel_async::{AsyncConnectionCore, AsyncMysqlConnection};
use futures_util::TryStreamExt;

/// First words of statements that neither begin nor end a transaction.
const HARMLESS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"];

/// A row as the driver hands it out.
pub(super) type Row = <AsyncMysqlConnection as AsyncConnectionCore>::Row<'static, 'static>;

/// A statement that borrows nothing.
pub(super) struct Statement {
    sql: String,
    values: RawBytesBindCollector<Mysql>,
    may_be_kept: bool,
}

impl Statement {
    /// Builds the text and serializes the values.
    ///
    /// # Errors
    /// Where a value cannot be serialized.
    pub(super) fn of(query: &(impl QueryFragment<Mysql> + ?Sized)) -> QueryResult<Self> {
        let mut text = MysqlQueryBuilder::new();
        query.to_sql(&mut text, &Mysql)?;
        let mut values = RawBytesBindCollector::new();
        query.collect_binds(&mut values, &mut (), &Mysql)?;
        let may_be_kept = query.is_safe_to_cache_prepared(&Mysql)?;
        Ok(Self { sql: text.finish(), values, may_be_kept })
    }

    /// Bytes of the larger one of its two packets, at least: each value has a type and a length.
    pub(super) fn bytes(&self) -> usize {
        let values = self.values.binds.iter().map(|value| 11 + value.as_ref().map_or(0, Vec::len));
        self.sql.len().max(values.sum::<usize>())
    }

    /// Whether the transaction it runs in is the same after it, which its first word tells: only other
    /// statements commit, openly or implicitly, and what these call is not allowed to
    /// (<https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html> lists those that do).
    pub(super) fn keeps_transaction(&self) -> bool {
        let word = self.sql.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        HARMLESS.iter().any(|harmless| word.eq_ignore_ascii_case(harmless))
    }

    /// Has it kept prepared where `keeps` says so of its text. Diesel keeps no update and no text that
    /// was written by hand, and prepares and closes it each time, which costs a round trip.
    pub(super) fn keep_if(&mut self, keeps: impl FnOnce(&str) -> bool) {
        self.may_be_kept = self.may_be_kept || keeps(&self.sql);
    }

    /// How many rows it changed.
    pub(super) async fn execute(self, connection: &mut AsyncMysqlConnection) -> QueryResult<usize> {
        ExecuteDsl::execute(self, connection).await
    }

    /// All of its rows. Many a `SELECT … FOR UPDATE` fails only while they are read, so only then is it
    /// known how it ended.
    pub(super) async fn load(self, connection: &mut AsyncMysqlConnection) -> QueryResult<Vec<Row>> {
        AsyncConnectionCore::load(connection, self).await?.try_collect().await
    }
}

impl QueryFragment<Mysql> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql(&self.sql);
        if !self.may_be_kept {
            out.unsafe_to_cache_prepared();
        }
        out.push_bind_collector_data(&self.values)
    }
}

/// Statements are told apart by their text.
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// What it returns is not known: it is only ever read as rows.
impl diesel::query_builder::Query for Statement {
    type SqlType = diesel::sql_types::Untyped;
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Nullable, Text};

    use super::*;
    use crate::schema::messages;

    fn of(query: &impl QueryFragment<Mysql>) -> Statement {
        Statement::of(query).unwrap()
    }

    #[test]
    fn a_statement_is_the_query_that_it_was_built_from() {
        let query = messages::table.filter(messages::message.eq("seat 7")).limit(3);
        let statement = of(&query.select(messages::id));
        let again = of(&statement);
        assert_eq!(again.sql, statement.sql);
        assert!(statement.sql.ends_with("WHERE (`messages`.`message` = ?) LIMIT ?"), "{}", statement.sql);
        assert_eq!(statement.values.binds[0].as_deref(), Some(&b"seat 7"[..]));
        assert_eq!(again.values.binds, statement.values.binds);
        assert_eq!(again.values.metadata, statement.values.metadata);
    }

    #[test]
    fn values_keep_their_types_and_their_nulls() {
        let query = diesel::sql_query("SELECT ?, ?").bind::<Nullable<Text>, _>(None::<String>);
        let statement = of(&of(&query.bind::<BigInt, _>(-7)));
        assert_eq!(statement.values.binds, [None, Some((-7_i64).to_ne_bytes().to_vec())]);
    }

    #[test]
    fn a_statement_is_as_large_as_its_text_or_its_values() {
        let insert = |body: &str| {
            let query = diesel::sql_query("INSERT INTO seats VALUES (?)");
            of(&query.bind::<Text, _>(body.to_owned())).bytes()
        };
        assert_eq!(insert(""), "INSERT INTO seats VALUES (?)".len());
        assert_eq!(insert(&"x".repeat(1_000)), 1_011);
    }

    #[test]
    fn only_what_reads_and_writes_rows_keeps_its_transaction_for_sure() {
        for text in ["SELECT 1", "insert INTO seats VALUES (1)", "WITH a AS (SELECT 1) SELECT * FROM a"] {
            assert!(of(&diesel::sql_query(text)).keeps_transaction(), "{text}");
        }
        for text in ["CREATE TABLE a (b INT)", "COMMIT", "/* SELECT */ COMMIT", "CALL f()", "", "SELECTED"] {
            assert!(!of(&diesel::sql_query(text)).keeps_transaction(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_to_be_kept_prepared_is_kept_only_where_the_session_says_so() {
        let mut statement = of(&diesel::sql_query("SELECT 1"));
        statement.keep_if(|_| false);
        assert!(!statement.may_be_kept);
        statement.keep_if(|text| text == "SELECT 1");
        assert!(statement.may_be_kept);
    }

    #[test]
    fn a_text_that_is_not_to_be_kept_prepared_is_not() {
        let ids = messages::id.eq_any(vec![vec![1_u8], vec![2]]);
        assert!(!of(&of(&messages::table.filter(ids))).may_be_kept);
        assert!(of(&of(&messages::table.filter(messages::message.eq("x")))).may_be_kept);
    }
}
