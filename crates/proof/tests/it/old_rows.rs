//! Old rows can be taken away as the operators' page says; its very statements are run.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use shared::message::DedupId;

use crate::support::{consumer, drained, in_test_env};

const PAGE: &str = include_str!("../../../../docs/operating.md");

/// Names of messages that were sent in the year 2024, and after the year 2030.
const OLD: &str = "018cc251-f400-7000-8000-000000000001";
const NEW: &str = "01ba0c6d-5400-7000-8000-000000000002";

/// A block of statements in the section on old rows, counted from 0.
fn statements(block: usize) -> Result<&'static str> {
    let (_, section) = PAGE.split_once("## Old rows").context("no such section")?;
    let block = section.split("```sql").nth(block + 1).context("no such block")?;
    Ok(block.split("```").next().unwrap_or_default())
}

/// Stores an old row and a new one, has the statements run, and says which of the two is left.
async fn left_by(env: &TestEnv, before: Option<&str>, statements: &str) -> Result<Vec<String>> {
    let mut database = env.connect().await?;
    if let Some(before) = before {
        database.query_drop(before).await?;
    }
    for name in [OLD, NEW, OLD] {
        env.send("hello", Some(name)).await?;
    }
    drained(env, &mut consumer(env)?).await?;
    assert_eq!(env.count().await?, 2);
    database.query_drop(statements).await?;
    Ok(env.rows().await?.into_iter().map(|row| DedupId::from(row.id).to_string()).collect())
}

#[tokio::test]
async fn old_rows_can_be_deleted_by_their_key() -> Result<()> {
    in_test_env(async |env| {
        assert_eq!(left_by(env, None, statements(0)?).await?, [NEW]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_table_that_is_split_by_time_works_as_any_other_and_its_old_part_can_be_dropped() -> Result<()> {
    in_test_env(async |env| {
        assert_eq!(left_by(env, Some(statements(1)?), statements(2)?).await?, [NEW]);
        Ok(())
    })
    .await
}
