//! Others are in the way: rows wait, conflicts are tried again in place, and nothing stops.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::message::DedupId;
use tokio::time::sleep;

use crate::support::{consumer, drained, eventually, in_test_env, waits};

fn id(last: u8) -> DedupId {
    let mut bytes = [7; 16];
    bytes[15] = last;
    DedupId::from(bytes)
}

async fn insert(database: &mut Conn, last: u8) -> Result<()> {
    let statement = "INSERT INTO messages (id, message) VALUES (?, ?)";
    database.exec_drop(statement, (&id(last).as_bytes()[..], format!("row {last}"))).await?;
    Ok(())
}

async fn send(env: &TestEnv, rows: impl Iterator<Item = u8>) -> Result<()> {
    for row in rows {
        env.send(&format!("row {row}"), Some(&id(row).to_string())).await?;
    }
    Ok(())
}

/// Everything was stored, and nothing stopped because of it.
async fn went_on(env: &TestEnv, consumer: &mut Process, rows: usize) -> Result<()> {
    eventually("all rows", async || Ok(env.count().await? == rows)).await?;
    drained(env, consumer).await?;
    let log = consumer.log()?;
    ensure!(!log.contains("receiving stopped"), "{log}");
    ensure!(env.take_dead_letters().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_lock_that_is_held_for_longer_than_a_statement_waits_stops_nothing() -> Result<()> {
    in_test_env(async |env| {
        let mut other = env.connect().await?;
        other.query_drop("START TRANSACTION").await?;
        insert(&mut other, 5).await?;
        send(env, 1..=9).await?;
        let mut consumer = consumer(env)?;
        waits(env, "INSERT INTO messages").await?;
        // Error 1205 comes after 5 s.
        sleep(Duration::from_secs(7)).await;
        other.query_drop("COMMIT").await?;
        went_on(env, &mut consumer, 9).await
    })
    .await
}

#[tokio::test]
async fn a_deadlock_is_tried_again_in_place() -> Result<()> {
    in_test_env(async |env| {
        let mut other = env.connect().await?;
        other.query_drop("CREATE TABLE ballast (n INT PRIMARY KEY AUTO_INCREMENT, x INT)").await?;
        other.query_drop("START TRANSACTION").await?;
        // The transaction that has done less is the victim.
        for _ in 0..200 {
            other.query_drop("INSERT INTO ballast (x) VALUES (1), (2), (3), (4), (5)").await?;
        }
        insert(&mut other, 9).await?;
        send(env, 1..=9).await?;
        let mut consumer = consumer(env)?;
        waits(env, "INSERT INTO messages").await?;
        // The consumer holds this one, and waits for the other: error 1213 for one of the two.
        insert(&mut other, 1).await?;
        other.query_drop("COMMIT").await?;
        went_on(env, &mut consumer, 9).await
    })
    .await
}

#[tokio::test]
async fn rows_are_locked_in_the_order_of_their_key() -> Result<()> {
    in_test_env(async |env| {
        let mut other = env.connect().await?;
        other.query_drop("START TRANSACTION").await?;
        insert(&mut other, 1).await?;
        send(env, (1..=9).rev()).await?;
        let mut consumer = consumer(env)?;
        waits(env, "INSERT INTO messages").await?;
        // The consumer waits for the first, and has not touched the others yet.
        other.query_drop("SET innodb_lock_wait_timeout = 1").await?;
        for row in 2..=9 {
            insert(&mut other, row).await?;
        }
        other.query_drop("COMMIT").await?;
        went_on(env, &mut consumer, 9).await
    })
    .await
}
