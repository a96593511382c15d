//! Letters that go back: each message once, under the name that it had.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use proof::process::Process;
use shared::message::DedupId;

use super::{accept_all, four_letters, moved_by_sqs, refuse_bad_ones, string, text};
use crate::support::{command, command_with, consumer, drained, eventually, in_test_env};

#[tokio::test]
async fn a_redrive_of_one_reason_leaves_the_others_and_is_stored_once() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        accept_all(env).await?;
        let listed = command(env, &["dlq", "redrive", "--reason", "data-error", "--dry-run"]).await?;
        assert_eq!((listed.code, listed.output.lines().count()), (Some(0), 3), "{}", listed.log);
        assert_eq!(env.left().await?, 0);
        let went = command(env, &["dlq", "redrive", "--reason", "data-error"]).await?;
        assert_eq!(went.code, Some(0), "{}", went.log);
        let ask = env.sqs.receive_message().queue_url(&env.queue_url).message_attribute_names("All");
        let ask = ask.max_number_of_messages(10).visibility_timeout(0);
        for message in ask.send().await?.messages.unwrap_or_default() {
            let names = message.message_attributes.as_ref().context("no attributes")?.keys();
            assert_eq!(names.collect::<Vec<_>>(), ["dedup-id"]);
        }
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let stored: BTreeSet<_> = env.rows().await?.into_iter().map(|row| row.id).collect();
        let expected = (0..=3).map(|n| *DedupId::of(&format!("order-{n}")).as_bytes()).collect();
        assert!(env.count().await? == 4 && stored == expected);
        let left = env.take_dead_letters().await?;
        assert_eq!((left.len(), text(&left[0], "dlq-reason")), (1, Some("id-reused")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dry_run_moves_nothing() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        let listed = command(env, &["dlq", "redrive", "--all", "--dry-run"]).await?;
        assert_eq!((listed.code, listed.output.lines().count()), (Some(0), 4), "{}", listed.log);
        assert_eq!((env.left().await?, env.take_dead_letters().await?.len()), (0, 4));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_killed_between_send_and_delete_doubles_nothing() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        accept_all(env).await?;
        let arguments = ["dlq", "redrive", "--reason", "data-error"];
        let killed = command_with(env, &arguments, &[("FAILPOINT", "redrive-sent")]).await?;
        assert_eq!(killed.code, None);
        assert_eq!(env.left().await?, 3);
        let mut consumer = consumer(env)?;
        eventually("three rows", async || Ok(env.count().await? == 4)).await?;
        // They come back after five minutes; here, at once.
        let again = env.sqs.receive_message().queue_url(&env.dead_letter_url).max_number_of_messages(10);
        assert!(again.send().await?.messages.unwrap_or_default().is_empty());
        for n in 1..=3 {
            env.send(&format!("bad 🦀 {n}"), Some(&format!("order-{n}"))).await?;
        }
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 4);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_that_is_stopped_gives_the_rest_back() -> Result<()> {
    in_test_env(async |env| {
        for n in 0..20 {
            moved_by_sqs(env, &format!("hello {n}")).await?;
        }
        let mut redrive = Process::start(env, "consumer", &["dlq", "redrive", "--all", "--rate", "1"])?;
        eventually("one that went", async || Ok(env.left().await? > 0)).await?;
        redrive.signal(Signal::SIGINT)?;
        let ended = redrive.ended(Duration::from_secs(30)).await?;
        assert_eq!(ended.code(), Some(1), "{}", redrive.tail());
        let went = env.left().await?;
        assert!(went < 10, "{went}");
        assert_eq!(env.take_dead_letters().await?.len(), 20 - went);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_letter_of_another_queue_stays_unless_told_where_to_go() -> Result<()> {
    in_test_env(async |env| {
        let source = "http://127.0.0.1:4566/000000000000/another";
        let value = string(source)?;
        let send = env.sqs.send_message().queue_url(&env.dead_letter_url).message_body("hello");
        send.message_attributes("dlq-source", value).send().await?;
        let stayed = command(env, &["dlq", "redrive", "--all"]).await?;
        assert!(stayed.code == Some(1) && stayed.log.contains("--to-queue-url"), "{}", stayed.log);
        let elsewhere = ["dlq", "redrive", "--all", "--to-queue-url"];
        let circle = command(env, &[&elsewhere[..], &[&env.dead_letter_url]].concat()).await?;
        assert_eq!((circle.code, env.left().await?), (Some(2), 0), "{}", circle.log);
        let went = command(env, &[&elsewhere[..], &[&env.queue_url]].concat()).await?;
        assert_eq!((went.code, env.left().await?), (Some(0), 1), "{}", went.log);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_foreign_message_keeps_its_identity_through_reject_and_redrive() -> Result<()> {
    in_test_env(async |env| {
        refuse_bad_ones(env).await?;
        let sent = env.sqs.send_message().queue_url(&env.queue_url).message_body("bad one").send().await?;
        let mut first = consumer(env)?;
        drained(env, &mut first).await?;
        accept_all(env).await?;
        let id = sent.message_id().context("no MessageId")?;
        assert_eq!(command(env, &["dlq", "redrive", "--id", id]).await?.code, Some(0));
        let mut second = consumer(env)?;
        drained(env, &mut second).await?;
        let rows = env.rows().await?;
        assert_eq!((rows.len(), &rows[0].id), (1, DedupId::of(id).as_bytes()));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_foreign_message_that_sqs_moved_keeps_its_identity() -> Result<()> {
    in_test_env(async |env| {
        let sent = env.sqs.send_message().queue_url(&env.queue_url).message_body("hello").send().await?;
        eventually("that SQS gives it up", async || {
            let ask = env.sqs.receive_message().queue_url(&env.queue_url).visibility_timeout(0);
            ask.send().await?;
            Ok(env.left().await? == 0)
        })
        .await?;
        let id = sent.message_id().context("no MessageId")?;
        let went = command(env, &["dlq", "redrive", "--id", id, "--reason", "none"]).await?;
        assert_eq!((went.code, env.left().await?), (Some(0), 1), "{}", went.log);
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        assert_eq!(&env.rows().await?[0].id, DedupId::of(id).as_bytes());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_refused_again_goes_once_a_run() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        let mut consumer = consumer(env)?;
        let went = command(env, &["dlq", "redrive", "--all", "--rate", "10"]).await?;
        assert!(went.log.contains("4 letters went"), "{}", went.log);
        drained(env, &mut consumer).await?;
        assert_eq!((env.count().await?, env.take_dead_letters().await?.len()), (1, 4));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_that_is_there_twice_goes_once_and_takes_both_letters_along() -> Result<()> {
    in_test_env(async |env| {
        for (body, name) in
            [("hello", "order-1"), ("hello", "order-1"), ("other", "order-1"), ("hello", "order-2")]
        {
            let send = env.sqs.send_message().queue_url(&env.dead_letter_url).message_body(body);
            send.message_attributes("dedup-id", string(name)?).send().await?;
        }
        let listed = command(env, &["dlq", "ls"]).await?;
        assert!(listed.output.contains("4 letters of 2 names"), "{}", listed.output);
        let listed = command(env, &["dlq", "redrive", "--all", "--dry-run"]).await?;
        assert_eq!(listed.output.lines().count(), 3, "{}", listed.output);
        assert!(listed.output.contains("(2 letters)"), "{}", listed.output);
        let went = command(env, &["dlq", "redrive", "--all"]).await?;
        assert_eq!((went.code, env.left().await?), (Some(0), 3), "{}", went.log);
        assert!(went.log.contains("3 letters went; 1 more of the same messages"), "{}", went.log);
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}
