//! Servers that take only so much at a time are given no more.

use anyhow::Result;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::spare::{NARROW, url};
use shared::message::DedupId;

use crate::failover::{count, migrated};
use crate::support::{drained, eventually, in_test_env};

#[tokio::test]
async fn small_rows_and_a_large_one_fit_into_a_packet_of_4_mib() -> Result<()> {
    let Some(server) = migrated().await? else { return Ok(()) };
    in_test_env(async |env| {
        server.connect().await?.query_drop("SET GLOBAL max_allowed_packet = 4194304").await?;
        for n in 0..5 {
            env.send(&format!("small {n}"), Some(&DedupId::generate().to_string())).await?;
        }
        env.send(&"x".repeat(900_000), Some("ffffffff-ffff-7fff-bfff-ffffffffffff")).await?;
        let url = url(NARROW, server.address);
        let variables = [("DATABASE_URL", url.as_str())];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("all rows", async || Ok(count(&server).await? == 6)).await?;
        drained(env, &mut consumer).await?;
        assert!(!consumer.log()?.contains("receiving stopped"), "{}", consumer.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_server_that_takes_less_than_the_one_before_is_given_less_at_a_time() -> Result<()> {
    let Some(server) = migrated().await? else { return Ok(()) };
    in_test_env(async |env| {
        env.send("first", None).await?;
        let url = url(NARROW, server.address);
        let variables = [("DATABASE_URL", url.as_str())];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("the first row", async || Ok(count(&server).await? == 1)).await?;
        let mut database = server.connect().await?;
        database.query_drop("SET GLOBAL max_allowed_packet = 131072").await?;
        let query = "SELECT id FROM information_schema.processlist WHERE user = 'narrow'";
        for id in database.query::<u64, _>(query).await? {
            database.query_drop(format!("KILL {id}")).await?;
        }
        for _ in 0..20 {
            env.send(&"x".repeat(50_000), None).await?;
        }
        eventually("all rows", async || Ok(count(&server).await? == 21)).await?;
        drained(env, &mut consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}
