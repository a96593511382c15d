//! A table in which each day has a partition of its own, so that a day can be dropped as a whole.

use anyhow::Result;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use super::clock::now;
use super::stock::DAYS;

const MILLIS: u128 = 24 * 60 * 60 * 1_000;

/// Splits an empty table by the time in its ids.
pub(super) async fn split(bed: &TestEnv) -> Result<()> {
    Ok(bed.connect().await?.query_drop(statement(now())).await?)
}

/// One partition for each of the days until `now`, and one for all that comes after.
fn statement(now: u128) -> String {
    let day = |day| {
        let end = now - (DAYS - 1 - day) * MILLIS;
        format!("PARTITION day{day} VALUES LESS THAN (X'{end:012X}')")
    };
    let days: Vec<_> = (0..DAYS).map(day).collect();
    let days = days.join(", ");
    format!(
        "ALTER TABLE messages PARTITION BY RANGE COLUMNS (id) \
         ({days}, PARTITION later VALUES LESS THAN (MAXVALUE))"
    )
}

/// Drops the oldest day. Returns how many rows the server thinks it had; `None` where no day is left.
pub(super) async fn drop_oldest(database: &mut Conn) -> Result<Option<f64>> {
    let oldest = "SELECT PARTITION_NAME, TABLE_ROWS FROM information_schema.PARTITIONS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'messages' AND PARTITION_NAME <> 'later' \
         ORDER BY PARTITION_ORDINAL_POSITION LIMIT 1";
    let oldest: Option<(String, u32)> = database.query_first(oldest).await?;
    let Some((name, rows)) = oldest else { return Ok(None) };
    database.query_drop(format!("ALTER TABLE messages DROP PARTITION {name}")).await?;
    Ok(Some(f64::from(rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_ends_now() {
        let statement = statement(200 * MILLIS);
        let last = format!("day{} VALUES LESS THAN (X'{:012X}'), PARTITION later", DAYS - 1, 200 * MILLIS);
        assert!(statement.contains(&last), "{statement}");
    }
}
