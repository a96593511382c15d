//! The writer changes, and its password: work goes on where it can be done now.

use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::TcpProxy;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::spare::{ADMIN, NARROW, Spare, url};

use crate::support::{command_with, eventually, greet, in_test_env};

/// Rows of a spare server's.
pub(crate) async fn count(spare: &Spare) -> Result<usize> {
    spare.connect().await?.query_first("SELECT COUNT(*) FROM messages").await?.context("no count")
}

pub(crate) async fn migrated() -> Result<Option<Spare>> {
    let Some(spare) = Spare::start().await? else { return Ok(None) };
    in_test_env(async |env| {
        let ended = command_with(env, &["migrate"], &[("DATABASE_URL", &url(ADMIN, spare.address))]).await?;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        Ok(())
    })
    .await?;
    Ok(Some(spare))
}

#[tokio::test]
async fn a_failover_that_leaves_the_old_writer_up_and_read_only_is_followed() -> Result<()> {
    let (old, new) = tokio::try_join!(migrated(), migrated())?;
    let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
    in_test_env(async |env| {
        let route = TcpProxy::start(old.address)?;
        let url = url(NARROW, route.address());
        let variables = [("DATABASE_URL", url.as_str())];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        greet(env, 100).await?;
        eventually("rows on the old writer", async || Ok(count(&old).await? == 100)).await?;

        // Connections that are there stay with the old writer.
        old.connect().await?.query_drop("SET GLOBAL read_only = 1").await?;
        route.handle().set_upstream(new.address);
        greet(env, 100).await?;
        let moved = tokio::time::Instant::now();
        eventually("rows on the new writer", async || Ok(count(&new).await? == 100)).await?;
        assert!(moved.elapsed() < Duration::from_secs(15), "after {:?}", moved.elapsed());
        eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
        assert_eq!(consumer.stop().await?, Some(0), "{}", consumer.tail());
        assert_eq!(count(&old).await?, 100);
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_rotated_password_is_read_again() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        let user = format!("rotated_{:08x}", fastrand::u32(..));
        database.query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'old'")).await?;
        let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.* TO '{user}'@'%'", env.schema()?);
        database.query_drop(grant).await?;
        let url = |password: &str| env.database_url.replace("app:app@", &format!("{user}:{password}@"));
        let file = std::env::temp_dir().join(&user);
        std::fs::write(&file, url("old"))?;
        let arguments = ["--wait-time", "1s", "--database-url-file", file.to_str().context("no path")?];
        let mut consumer = Process::start(env, "consumer", &arguments)?;
        greet(env, 20).await?;
        eventually("the first rows", async || Ok(env.count().await? == 20)).await?;

        database.query_drop(format!("ALTER USER '{user}'@'%' IDENTIFIED BY 'new-secret'")).await?;
        let query = format!("SELECT id FROM information_schema.processlist WHERE user = '{user}'");
        for id in database.query::<u64, _>(query).await? {
            database.query_drop(format!("KILL {id}")).await?;
        }
        greet(env, 20).await?;
        eventually("the alarm", async || Ok(consumer.log()?.contains("needs help"))).await?;
        std::fs::write(&file, url("new-secret"))?;
        eventually("all rows", async || Ok(env.count().await? == 40)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let log = consumer.log()?;
        assert!(
            log.contains("Access denied") && !log.contains("new-secret") && !log.contains("old@"),
            "{log}"
        );
        assert!(env.take_dead_letters().await?.is_empty());
        std::fs::remove_file(&file)?;
        database.query_drop(format!("DROP USER '{user}'@'%'")).await?;
        Ok(())
    })
    .await
}
