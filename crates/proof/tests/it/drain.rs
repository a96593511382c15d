//! The end: asked to stop, a consumer leaves nothing half done.

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;
use proof::process::Process;

use crate::support::{consumer, eventually, greet, in_test_env};

#[tokio::test]
async fn sigterm_under_load_loses_nothing_and_flushes_the_deletes() -> Result<()> {
    in_test_env(async |env| {
        greet(env, 3_000).await?;
        let mut stopped = Process::start(env, "consumer", &[])?;
        eventually("a drain under way", async || Ok(env.count().await? > 500)).await?;
        stopped.signal(Signal::SIGTERM)?;
        let ended = stopped.ended(Duration::from_secs(25)).await?;
        assert_eq!(ended.code(), Some(0), "{}", stopped.tail());
        // What is stored is deleted, and what is not stored is on the queue.
        assert_eq!(env.count().await? + env.left().await?, 3_000);
        let mut rest = consumer(env)?;
        eventually("the rest", async || Ok(env.count().await? == 3_000 && env.left().await? == 0)).await?;
        assert_eq!(rest.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn several_consumers_share_the_work() -> Result<()> {
    in_test_env(async |env| {
        let mut consumers = [consumer(env)?, consumer(env)?, consumer(env)?];
        greet(env, 3_000).await?;
        eventually("all rows", async || Ok(env.count().await? == 3_000)).await?;
        for consumer in &mut consumers {
            assert_eq!(consumer.stop().await?, Some(0), "{}", consumer.tail());
            assert!(consumer.log()?.contains("stored"), "one of them had nothing to do");
        }
        assert_eq!(env.left().await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_second_signal_ends_at_once_with_its_own_exit_code() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = Process::start(env, "consumer", &[])?;
        eventually("a start", async || Ok(consumer.log()?.contains("consuming"))).await?;
        consumer.signal(Signal::SIGINT)?;
        eventually("a drain", async || Ok(consumer.log()?.contains("stopping"))).await?;
        consumer.signal(Signal::SIGINT)?;
        let ended = consumer.ended(Duration::from_secs(5)).await?;
        assert_eq!(ended.code(), Some(3));
        Ok(())
    })
    .await
}
