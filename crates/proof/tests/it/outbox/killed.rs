//! Relays that are killed: what they were about to delete goes out again, and takes effect once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::{database, nothing_waits, numbered, publish, relay, relay_with, waiting};
use crate::support::{consumer, drained, eventually, in_test_env};

#[tokio::test]
async fn a_relay_that_dies_between_send_and_delete_doubles_nothing() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        publish(env, &mysql, numbered(50)).await?;
        let mut dies = relay_with(env, &[("FAILPOINT", "relay-sent:1")])?;
        ensure!(!dies.ended(Duration::from_secs(30)).await?.success(), "it lives: {}", dies.tail());
        assert_eq!(waiting(env).await?, 50, "a row was deleted");
        eventually("what it sent", async || Ok(env.left().await? == 50)).await?;
        let mut relay = relay(env)?;
        nothing_waits(env).await?;
        eventually("doubles", async || Ok(env.left().await? == 100)).await?;
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 50);
        assert!(env.take_dead_letters().await?.is_empty());
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_while_relays_are_killed() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let mut consumer = consumer(env)?;
        let publishing = async {
            for round in 0..30 {
                publish(env, &mysql, (0..20).map(|number| format!("message {round} {number}"))).await?;
                sleep(Duration::from_millis(100)).await;
            }
            anyhow::Ok(())
        };
        let killing = async {
            for _ in 0..8 {
                let mut relays = [relay(env)?, relay(env)?];
                sleep(Duration::from_millis(400)).await;
                for relay in &mut relays {
                    relay.signal(Signal::SIGKILL)?;
                    relay.ended(Duration::from_secs(5)).await?;
                }
            }
            anyhow::Ok(())
        };
        tokio::try_join!(publishing, killing)?;
        let mut relay = relay(env)?;
        nothing_waits(env).await?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 600);
        assert!(env.take_dead_letters().await?.is_empty());
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_relay_that_is_asked_to_stop_deletes_what_it_has_sent() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        publish(env, &mysql, numbered(1_000)).await?;
        let mut first = relay(env)?;
        eventually("some sent", async || Ok(env.left().await? > 0)).await?;
        assert_eq!(first.stop().await?, Some(0), "{}", first.tail());
        let (log, left) = (first.log()?, waiting(env).await?);
        assert!(left < 1_000 && log.contains(&format!("ended: {} messages relayed", 1_000 - left)), "{log}");
        let mut second = relay(env)?;
        nothing_waits(env).await?;
        let bodies: BTreeSet<_> = env.take_left().await?.into_iter().filter_map(|m| m.body).collect();
        assert_eq!(bodies.len(), 1_000);
        assert_eq!(second.stop().await?, Some(0), "{}", second.tail());
        Ok(())
    })
    .await
}
