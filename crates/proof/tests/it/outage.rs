//! Servers that go away: nothing is spent, nothing is lost, and work resumes by itself.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_sqs::types::MessageSystemAttributeName as System;
use faultproxy::sqs::{Fault, Operation, Rule};
use faultproxy::tcp::Mode;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::time::sleep;

use crate::scene::Scene;
use crate::support::{drained, eventually, greet, in_test_env};

#[tokio::test]
async fn while_the_database_is_away_no_receive_is_spent() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--visibility-timeout", "4s", "--wait-time", "1s"])?;
        scene.has_logged("consuming").await?;
        scene.database.handle().set_mode(Mode::Refuse);
        greet(env, 300).await?;
        scene.has_logged("receiving stopped").await?;
        // Polls that were open when the breaker opened may still end.
        sleep(Duration::from_secs(2)).await;
        let receives = scene.receives();
        sleep(Duration::from_secs(12)).await;
        assert_eq!(scene.receives(), receives, "received while the database was away");
        assert_eq!(env.count().await?, 0);

        scene.database.handle().set_mode(Mode::Pass);
        let back = tokio::time::Instant::now();
        eventually("all rows", async || Ok(env.count().await? == 300)).await?;
        assert!(back.elapsed() < Duration::from_secs(10), "resumed after {:?}", back.elapsed());
        drained(env, &mut scene.consumer).await?;
        let log = scene.consumer.log()?;
        assert!(!log.contains("duplicates=1") && !log.contains("leases lost"), "{log}");
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn connections_that_the_server_closed_while_idle_are_replaced_unnoticed() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        greet(env, 200).await?;
        eventually("all rows", async || Ok(env.count().await? == 200)).await?;
        eventually("idle connections", async || Ok(!idle(env).await?.is_empty())).await?;
        for id in idle(env).await? {
            env.connect().await?.query_drop(format!("KILL {id}")).await?;
        }
        greet(env, 100).await?;
        eventually("all rows", async || Ok(env.count().await? == 300)).await?;
        assert_eq!(scene.consumer.stop().await?, Some(0));
        assert!(!scene.consumer.log()?.contains("receiving stopped"), "{}", scene.consumer.tail());
        Ok(())
    })
    .await
}

/// Connections that were not used for a second.
async fn idle(env: &TestEnv) -> Result<Vec<u64>> {
    let query = "SELECT id FROM information_schema.processlist \
         WHERE db = DATABASE() AND id <> CONNECTION_ID() AND time >= 1";
    Ok(env.connect().await?.query(query).await?)
}

#[tokio::test]
async fn a_statement_that_nobody_awaited_spoils_no_other() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s", "--workers", "1"])?;
        greet(env, 10).await?;
        eventually("the first rows", async || Ok(env.count().await? == 10)).await?;
        // The statement is on its way for longer than anybody waits for it.
        scene.database.handle().set_mode(Mode::BlackHole);
        greet(env, 10).await?;
        scene.has_logged("receiving stopped").await?;
        scene.database.handle().set_mode(Mode::Pass);
        for n in 0..10 {
            env.send(&format!("hello {n}"), None).await?;
        }
        eventually("all rows", async || Ok(env.count().await? == 30)).await?;
        drained(env, &mut scene.consumer).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn stopped_while_the_database_is_away_it_gives_everything_back() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--visibility-timeout", "60s", "--wait-time", "1s"])?;
        scene.has_logged("consuming").await?;
        scene.database.handle().set_mode(Mode::Refuse);
        greet(env, 100).await?;
        scene.has_logged("receiving stopped").await?;
        assert_eq!(scene.consumer.stop().await?, Some(0), "{}", scene.consumer.tail());
        // All are visible at once, and not after a minute.
        let ask = env.sqs.receive_message().queue_url(&env.queue_url).max_number_of_messages(10);
        let ask = ask.message_system_attribute_names(System::ApproximateReceiveCount);
        let messages = ask.send().await?.messages.unwrap_or_default();
        assert_eq!(messages.len(), 10);
        assert_eq!(env.count().await? + env.left().await?, 100);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn while_sqs_is_away_the_log_stays_quiet_and_the_processor_idle() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        scene.has_logged("consuming").await?;
        scene.sqs.handle().add(Rule::on_all(Fault::Status(503)));
        scene.has_logged("polling fails").await?;
        let (cpu, lines) = (scene.consumer.cpu()?, scene.consumer.log()?.lines().count());
        sleep(Duration::from_secs(20)).await;
        let used = scene.consumer.cpu()?.saturating_sub(cpu);
        assert!(used < Duration::from_millis(400), "{used:?} in 20 s");
        assert!(scene.consumer.log()?.lines().count() <= lines + 20);
        scene.sqs.handle().clear();
        greet(env, 50).await?;
        eventually("all rows", async || Ok(env.count().await? == 50)).await?;
        scene.has_logged("polling succeeds again").await?;
        assert_eq!(scene.consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_poll_without_an_answer_is_given_up() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        scene.has_logged("consuming").await?;
        let polls = scene.sqs.handle();
        polls.add(Rule::on(Operation::ReceiveMessage, Fault::BlackHole).times(1));
        // One second of waiting and ten of patience.
        scene.has_logged("polling fails").await?;
        greet(env, 50).await?;
        eventually("all rows", async || Ok(env.count().await? == 50)).await?;
        assert_eq!(scene.consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_empty_queue_is_polled_by_one_however_many_receivers_there_are() -> Result<()> {
    in_test_env(async |env| {
        greet(env, 500).await?;
        let mut scene = Scene::on(env, &["--wait-time", "2s", "--receivers", "32"])?;
        eventually("all rows", async || Ok(env.count().await? == 500)).await?;
        // Polls that were opened under load end.
        sleep(Duration::from_secs(6)).await;
        let (before, mut open) = (scene.receives(), Vec::new());
        for _ in 0..40 {
            sleep(Duration::from_millis(100)).await;
            open.push(scene.sqs.handle().counts().open_polls);
        }
        assert!(open.iter().all(|open| *open <= 1), "{open:?}");
        assert!(scene.receives() - before <= 4);
        assert_eq!(scene.consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}
