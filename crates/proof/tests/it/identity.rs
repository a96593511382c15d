//! The dedup id names a message; without one its `MessageId` does.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use shared::message::DedupId;

use crate::support::{consumer, drained, eventually, in_test_env, waits};

#[tokio::test]
async fn a_message_sent_twice_is_stored_once() -> Result<()> {
    in_test_env(async |env| {
        let id = DedupId::generate().to_string();
        for _ in 0..20 {
            env.send("hello", Some(&id)).await?;
        }
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let rows = env.rows().await?;
        assert_eq!(rows.len(), 1);
        assert_eq!(DedupId::from(rows[0].id).to_string(), id);
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_same_id_with_another_body_is_dead_lettered() -> Result<()> {
    in_test_env(async |env| {
        env.send("first", Some("order-1")).await?;
        let mut consumer = consumer(env)?;
        eventually("the first row", async || Ok(env.count().await? == 1)).await?;
        env.send("second", Some("order-1")).await?;
        drained(env, &mut consumer).await?;
        let letters = env.take_dead_letters().await?;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].body.as_deref(), Some("second"));
        let attributes = letters[0].message_attributes.as_ref().context("no attributes")?;
        let text = |name| attributes.get(name).and_then(|value| value.string_value.as_deref());
        assert_eq!((text("dlq-reason"), text("dedup-id")), (Some("id-reused"), Some("order-1")));
        assert_eq!(env.rows().await?[0].message, "first");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_foreign_message_is_named_by_its_message_id() -> Result<()> {
    in_test_env(async |env| {
        let sent = env.sqs.send_message().queue_url(&env.queue_url).message_body("hello").send().await?;
        let mut consumer = consumer(env)?;
        eventually("its row", async || Ok(env.count().await? == 1)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let id = DedupId::of(sent.message_id().context("no MessageId")?);
        assert_eq!(&env.rows().await?[0].id, id.as_bytes());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_is_purged_while_it_is_sent_again_is_no_other_text() -> Result<()> {
    in_test_env(async |env| {
        let id = DedupId::generate();
        let mut holder = env.connect().await?;
        let insert = "INSERT INTO messages (id, message) VALUES (?, 'hello')";
        holder.exec_drop(insert, (&id.as_bytes()[..],)).await?;
        // The insert finds the row, but has to wait for it; the purge waits behind, so it comes
        // between the insert and the look at what is stored.
        holder.query_drop("START TRANSACTION").await?;
        holder.query_drop("SELECT id FROM messages FOR UPDATE").await?;
        env.send("hello", Some(&id.to_string())).await?;
        let mut consumer = consumer(env)?;
        waits(env, "INSERT INTO messages").await?;
        let mut purger = env.connect().await?;
        let purge = async { Ok(purger.query_drop("DELETE FROM messages").await?) };
        let go = async {
            waits(env, "DELETE FROM messages").await?;
            holder.query_drop("COMMIT").await?;
            anyhow::Ok(())
        };
        tokio::try_join!(purge, go)?;
        drained(env, &mut consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_another_ones_unique_key_keeps_out_is_not_called_reused() -> Result<()> {
    in_test_env(async |env| {
        env.connect().await?.query_drop("ALTER TABLE messages ADD UNIQUE KEY once (message(99))").await?;
        env.send("first", Some("order-1")).await?;
        let mut consumer = consumer(env)?;
        eventually("the first row", async || Ok(env.count().await? == 1)).await?;
        env.send("first", Some("order-2")).await?;
        // It is tried again later, as the other row may go.
        eventually("a first try", async || Ok(consumer.log()?.contains("not-stored"))).await?;
        env.connect().await?.query_drop("DELETE FROM messages").await?;
        drained(env, &mut consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        let id = DedupId::of("order-2");
        assert_eq!(env.rows().await?[0].id, *id.as_bytes());
        Ok(())
    })
    .await
}
