//! Fills a table with what would have come in over three months.

use anyhow::Result;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use super::clock::now;
use crate::say::progress;

/// Rows in one statement.
const CHUNK: usize = 1_000_000;
/// How old the oldest row is.
pub(super) const DAYS: u128 = 90;
/// The same, in milliseconds.
const AGE: u128 = DAYS * 24 * 60 * 60 * 1_000;

/// How ids are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// `UUIDv7`, as the sender makes them: each is larger than those before.
    Ordered,
    /// As `MessageId`s are: all over the table.
    Random,
}

/// Ids that are spread evenly: the first six bytes of the nth are `first + n * step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u128,
    step: u128,
}

/// Adds so many rows, in the order of their ids: no other way is fast enough.
pub(super) async fn fill(bed: &TestEnv, ids: Ids, rows: usize) -> Result<()> {
    let mut database = bed.connect().await?;
    let range = Range::of(ids, rows, now());
    for from in (0..rows).step_by(CHUNK) {
        database.query_drop(statement(ids, range, from, CHUNK.min(rows - from))).await?;
        if (from / CHUNK).is_multiple_of(2) {
            progress(format_args!("filling a table, ids {ids:?}: {from} of {rows} rows"));
        }
    }
    Ok(())
}

impl Range {
    fn of(ids: Ids, rows: usize, now: u128) -> Self {
        let rows = rows.max(1) as u128;
        match ids {
            Ids::Ordered => Self { first: now - AGE, step: (AGE / rows).max(1) },
            Ids::Random => Self { first: 0, step: (1 << 48) / rows },
        }
    }
}

/// Numbers come from digits: sequences and recursion are written differently on each server.
fn statement(ids: Ids, Range { first, step }: Range, from: usize, count: usize) -> String {
    let digits = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
         UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let joined: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|name| format!("{digits} {name}")).to_vec();
    let version = if ids == Ids::Ordered { '7' } else { '4' };
    format!(
        "INSERT INTO messages (id, message, created_at, sent_at) \
         SELECT UNHEX(CONCAT(LPAD(HEX({first} + n * {step}), 12, '0'), '{version}', \
             SUBSTR(MD5(n), 1, 3), '8', SUBSTR(MD5(n), 4, 15))), \
             CONCAT('hello world ', n), NOW(6) - INTERVAL {DAYS} DAY, NOW(3) - INTERVAL {DAYS} DAY \
         FROM (SELECT {from} + f.d * 100000 + e.d * 10000 + d.d * 1000 + c.d * 100 + b.d * 10 + a.d AS n \
             FROM {}) numbers WHERE n < {} ORDER BY n",
        joined.join(" JOIN "),
        from + count
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_ids_end_now_and_random_ones_fill_the_whole_range() {
        let ordered = Range::of(Ids::Ordered, 1_000, AGE + 5);
        assert_eq!(ordered, Range { first: 5, step: AGE / 1_000 });
        let random = Range::of(Ids::Random, 1 << 20, AGE);
        assert_eq!(random, Range { first: 0, step: 1 << 28 });
    }
}
