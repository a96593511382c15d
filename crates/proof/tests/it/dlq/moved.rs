//! Who moves a letter, and where to: by the redrive policy as it is now, and SQS where we cannot.

use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use proof::test_env::TestEnv;

use super::{accept_all, peek, refuse_bad_ones, string, text};
use crate::support::{command, consumer, drained, eventually, in_test_env, on_a_bed_that_gives_up_after};

const MAX_BYTES: usize = 1_048_576;

async fn create(env: &TestEnv, name: &str) -> Result<String> {
    env.sqs.create_queue().queue_name(name).send().await?.queue_url.context("no URL")
}

async fn give_up_to(env: &TestEnv, url: &str, receives: u32) -> Result<()> {
    let ask = env.sqs.get_queue_attributes().queue_url(url).attribute_names(Attribute::QueueArn);
    let attributes = ask.send().await?.attributes.context("no attributes")?;
    let arn = attributes.get(&Attribute::QueueArn).context("no ARN")?;
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"{receives}"}}"#);
    let set = env.sqs.set_queue_attributes().queue_url(&env.queue_url);
    set.attributes(Attribute::RedrivePolicy, policy).send().await?;
    Ok(())
}

#[tokio::test]
async fn a_replaced_dead_letter_queue_is_used_after_a_failed_send() -> Result<()> {
    in_test_env(async |env| {
        refuse_bad_ones(env).await?;
        env.send("hello", None).await?;
        let mut consumer = consumer(env)?;
        eventually("a row", async || Ok(env.count().await? == 1)).await?;
        let old = env.dead_letter_url.rsplit('/').next().context("no name")?;
        let new = create(env, &format!("{old}-new")).await?;
        give_up_to(env, &new, 7).await?;
        env.sqs.delete_queue().queue_url(&env.dead_letter_url).send().await?;
        env.send("bad one", Some("order-1")).await?;
        let letter = peek(env, &new, 1).await?.remove(0);
        assert_eq!(text(&letter, "dlq-reason"), Some("data-error"));
        drained(env, &mut consumer).await?;
        let log = consumer.log()?;
        let told = format!(r#"before="{old} after 10 receives" now="{old}-new after 7 receives""#);
        assert_eq!(log.matches("the queue's redrive policy has changed").count(), 1, "{log}");
        assert!(log.contains(&told), "{log}");
        env.sqs.delete_queue().queue_url(&new).send().await?;
        create(env, old).await?;
        Ok(())
    })
    .await
}

/// Its body leaves no room for a reason: a letter of ours would have neither id nor reason.
#[tokio::test]
async fn a_body_that_fills_the_message_is_left_to_sqs_and_goes_back_under_its_name() -> Result<()> {
    on_a_bed_that_gives_up_after(3, async |env| {
        refuse_bad_ones(env).await?;
        let body = format!("bad{}", "x".repeat(MAX_BYTES - 3 - "dedup-idStringorder-1".len()));
        let send = env.sqs.send_message().queue_url(&env.queue_url).message_body(body);
        let answer = send.message_attributes("dedup-id", string("order-1")?).send().await?;
        let mut first = consumer(env)?;
        let letter = peek(env, &env.dead_letter_url, 1).await?.remove(0);
        drained(env, &mut first).await?;
        assert_eq!((&letter.message_id, text(&letter, "dlq-reason")), (&answer.message_id, None));
        let why = "it is too large for a reason beside it";
        for arguments in [&["dlq", "ls"][..], &["dlq", "show", "order-1"], &["trace", "order-1"]] {
            let told = command(env, arguments).await?;
            assert!(told.code == Some(0) && told.output.contains(why), "{} {}", told.output, told.log);
        }
        accept_all(env).await?;
        let went = command(env, &["dlq", "redrive", "--all"]).await?;
        assert_eq!(went.code, Some(0), "{}", went.log);
        let mut second = consumer(env)?;
        drained(env, &mut second).await?;
        assert_eq!((env.count().await?, env.take_dead_letters().await?.len()), (1, 0));
        Ok(())
    })
    .await
}
