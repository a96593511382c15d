//! Migrating: by several at once, over a table of others, and where the table is locked.

use anyhow::Result;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use crate::support::{command, in_test_env};

#[tokio::test]
async fn several_may_migrate_at_once() -> Result<()> {
    let env = TestEnv::new(10).await?;
    let all = tokio::try_join!(
        command(&env, &["migrate"]),
        command(&env, &["migrate"]),
        command(&env, &["migrate"])
    )?;
    for ended in [all.0, all.1, all.2] {
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
    assert_eq!(env.count().await?, 0);
    env.remove().await
}

#[tokio::test]
async fn a_table_of_another_program_is_named_and_left_alone() -> Result<()> {
    let env = TestEnv::new(10).await?;
    let foreign = "CREATE TABLE messages (number INT PRIMARY KEY, body TEXT)";
    env.connect().await?.query_drop(foreign).await?;
    let ended = command(&env, &["migrate"]).await?;
    assert_ne!(ended.code, Some(0));
    assert!(ended.log.contains("id is missing") && ended.log.contains("rename it"), "{}", ended.log);
    assert!(!ended.log.contains("up to date"), "{}", ended.log);
    env.remove().await
}

#[tokio::test]
async fn a_table_that_is_locked_is_not_called_a_database_that_is_away() -> Result<()> {
    in_test_env(async |env| {
        let mut other = env.connect().await?;
        other.query_drop("LOCK TABLES messages WRITE").await?;
        let ended = command(env, &["trace", "order-1"]).await?;
        assert_eq!(ended.code, Some(1), "{}", ended.log);
        assert!(ended.log.contains("is locked") && !ended.log.contains("cannot reach"), "{}", ended.log);
        other.query_drop("UNLOCK TABLES").await?;
        Ok(())
    })
    .await
}
