//! Where is my message? The answer is where it really is, and costs what it says.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;

use crate::support::{command, consumer, drained, in_test_env};

#[tokio::test]
async fn a_stored_message_is_found_by_its_id() -> Result<()> {
    in_test_env(async |env| {
        env.send("very secret", Some("order-1")).await?;
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let found = command(env, &["trace", "order-1"]).await?;
        assert_eq!(found.code, Some(0), "{}", found.log);
        assert!(found.output.starts_with("stored at 20") && found.output.contains("11 bytes"));
        assert!(!found.output.contains("secret") && !found.log.contains("secret"));
        let shown = command(env, &["trace", "order-1", "--show-bodies", "--json"]).await?;
        assert!(shown.output.contains(r#""body":"very secret""#) && shown.output.contains(r#""found":true"#));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dead_lettered_message_is_found_with_its_reason() -> Result<()> {
    in_test_env(async |env| {
        let check = "ALTER TABLE messages ADD CHECK (message NOT LIKE 'bad%')";
        env.connect().await?.query_drop(check).await?;
        let sent = env.sqs.send_message().queue_url(&env.queue_url).message_body("bad one").send().await?;
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let id = sent.message_id().context("no MessageId")?;
        let found = command(env, &["trace", id]).await?;
        assert_eq!(found.code, Some(0), "{}", found.log);
        assert!(found.output.starts_with("dead-lettered: reason data-error\n"), "{}", found.output);
        assert!(found.output.contains("attempts 1") && !found.output.contains("bad one"), "{}", found.output);
        assert_eq!(env.take_dead_letters().await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unknown_message_is_not_found_and_the_queue_is_searched_only_when_told() -> Result<()> {
    in_test_env(async |env| {
        env.send("hello", Some("order-1")).await?;
        let lost = command(env, &["trace", "order-1"]).await?;
        assert_eq!(lost.code, Some(1), "{}", lost.log);
        let verdict = "neither stored nor a dead letter: still on the queue (about 1 waiting";
        assert!(
            lost.output.starts_with(verdict) && lost.output.contains("--search-queue"),
            "{}",
            lost.output
        );
        let found = command(env, &["trace", "order-1", "--search-queue"]).await?;
        assert_eq!(found.code, Some(0), "{}", found.log);
        assert!(found.output.starts_with("on the queue: received 1 times"), "{}", found.output);
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_wrong_queue_has_one_remedy_whatever_the_command() -> Result<()> {
    in_test_env(async |env| {
        let wrong = env.queue_url.replace("proof-", "wrong-");
        let last = |log: &str| {
            log.lines().last().and_then(|line| line.split_once("ERROR")).map(|(_, text)| text.to_owned())
        };
        let listed = command(env, &["dlq", "ls", "--queue-url", &wrong]).await?;
        assert!(listed.code == Some(2) && listed.log.contains("check --queue-url"), "{}", listed.log);
        let redrive = ["dlq", "redrive", "--all", "--dlq-url", &env.dead_letter_url];
        for arguments in [&["trace", "order-1"][..], &redrive] {
            let told = command(env, &[arguments, &["--queue-url", &wrong]].concat()).await?;
            assert_eq!((told.code, last(&told.log)), (Some(2), last(&listed.log)), "{}", told.log);
        }
        Ok(())
    })
    .await
}
