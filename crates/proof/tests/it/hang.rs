//! Statements that do not end: they do not pile up on the server.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::prelude::Queryable;
use tokio::time::sleep;

use crate::support::{consumer, drained, eventually, in_test_env, under_way};

#[tokio::test]
async fn a_statement_that_was_given_up_is_ended_on_the_server_before_the_next() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        env.send("first", None).await?;
        let mut consumer = consumer(env)?;
        eventually("the first row", async || Ok(env.count().await? == 1)).await?;
        // Unlike `SLEEP`, this does not notice that its client is gone.
        let hang = "CREATE TRIGGER hang BEFORE INSERT ON messages FOR EACH ROW \
             SET @hang = BENCHMARK(100000000000, MD5(NEW.message))";
        database.query_drop(hang).await?;
        env.send("second", None).await?;
        // A try is given up after 10 s.
        eventually("the alarm", async || Ok(consumer.log()?.contains("receiving stopped"))).await?;
        for _ in 0..60 {
            // What a new connection is set up with is short, and none of these.
            let mut inserts = under_way(env).await?;
            inserts.retain(|statement| statement.contains("@hang") || statement.starts_with("INSERT"));
            ensure!(inserts.len() <= 1, "{inserts:?}");
            sleep(Duration::from_millis(200)).await;
        }
        // It waits for the insert that is under way, and ends with it.
        database.query_drop("DROP TRIGGER hang").await?;
        eventually("both rows", async || Ok(env.count().await? == 2)).await?;
        drained(env, &mut consumer).await
    })
    .await
}
