//! Dead letters in an operator's hands: nothing lost, nothing doubled, nothing moved unasked.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName as System};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use crate::support::{command, consumer, drained, eventually, in_test_env};

mod files;
mod lives;
mod moved;
mod redrive;

/// A table that refuses what begins with `bad`.
pub(crate) async fn refuse_bad_ones(env: &TestEnv) -> Result<()> {
    let check = "ALTER TABLE messages ADD CONSTRAINT no_bad_ones CHECK (message NOT LIKE 'bad%')";
    Ok(env.connect().await?.query_drop(check).await?)
}

pub(crate) async fn accept_all(env: &TestEnv) -> Result<()> {
    Ok(env.connect().await?.query_drop("ALTER TABLE messages DROP CONSTRAINT no_bad_ones").await?)
}

/// Three letters with the reason `data-error`, one with `id-reused`.
pub(super) async fn four_letters(env: &TestEnv) -> Result<()> {
    refuse_bad_ones(env).await?;
    env.send("first", Some("order-0")).await?;
    let mut consumer = consumer(env)?;
    eventually("the first row", async || Ok(env.count().await? == 1)).await?;
    env.send("second", Some("order-0")).await?;
    for n in 1..=3 {
        env.send(&format!("bad 🦀 {n}"), Some(&format!("order-{n}"))).await?;
    }
    drained(env, &mut consumer).await
}

/// Puts a message on the dead-letter queue as SQS would: without a word.
pub(super) async fn moved_by_sqs(env: &TestEnv, body: &str) -> Result<()> {
    env.sqs.send_message().queue_url(&env.dead_letter_url).message_body(body).send().await?;
    Ok(())
}

/// Of type `String`.
pub(super) fn string(value: &str) -> Result<MessageAttributeValue> {
    Ok(MessageAttributeValue::builder().data_type("String").string_value(value).build()?)
}

pub(super) fn text<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.message_attributes.as_ref()?.get(name)?.string_value.as_deref()
}

/// What is on a queue, with all that it has, left there.
pub(super) async fn peek(env: &TestEnv, url: &str, count: usize) -> Result<Vec<Message>> {
    let (mut seen, mut letters) = (BTreeSet::new(), Vec::new());
    eventually("the letters", async || Ok(env.depth(url).await? >= count)).await?;
    while seen.len() < count {
        let ask = env.sqs.receive_message().queue_url(url).message_attribute_names("All");
        let ask = ask.message_system_attribute_names(System::All).max_number_of_messages(10);
        for letter in ask.visibility_timeout(0).send().await?.messages.unwrap_or_default() {
            if seen.insert(letter.message_id.clone()) {
                letters.push(letter);
            }
        }
    }
    Ok(letters)
}

#[tokio::test]
async fn ls_counts_letters_by_reason_and_gives_them_back() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        moved_by_sqs(env, "secret").await?;
        let table = command(env, &["dlq", "ls"]).await?;
        assert_eq!(table.code, Some(0), "{}", table.log);
        let row =
            |reason: &str| table.output.lines().find(|line| line.starts_with(reason)).map(str::to_owned);
        let data_error = row("data-error").context("no data-error")?;
        assert_eq!(data_error.split_whitespace().nth(1), Some("3"), "{data_error}");
        assert!(data_error.contains(" order-") && data_error.to_lowercase().contains("constraint"));
        assert!(row("id-reused").is_some() && row("none").is_some(), "{}", table.output);
        assert!(table.output.contains("5 letters, 1 of them without a reason"), "{}", table.output);
        assert!(table.log.contains("looking costs each letter one receive"), "{}", table.log);
        let json = command(env, &["dlq", "ls", "--json"]).await?;
        assert!(
            json.output.contains(r#""letters":5,"names":5,"without_reason":1,"more":0"#),
            "{}",
            json.output
        );
        for ended in [table, json] {
            let all = format!("{}{}", ended.output, ended.log);
            assert!(!all.contains("secret") && !all.contains("🦀"), "{all}");
        }
        assert_eq!(env.take_dead_letters().await?.len(), 5);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn show_keeps_a_body_to_itself_unless_asked() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        let shown = command(env, &["dlq", "show", "order-2"]).await?;
        assert_eq!(shown.code, Some(0), "{}", shown.log);
        assert!(shown.output.contains("data-error") && !shown.output.contains("🦀"), "{}", shown.output);
        let shown = command(env, &["dlq", "show", "order-2", "--show-bodies"]).await?;
        assert!(shown.output.contains(r#""bad 🦀 2""#), "{}", shown.output);
        let shown = command(env, &["dlq", "show", "order-2", "order-9"]).await?;
        assert!(shown.code == Some(1) && shown.log.contains("no such letter: order-9"), "{}", shown.log);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_purge_needs_a_yes_and_deletes_only_what_fits() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        let refused = command(env, &["dlq", "purge", "--reason", "data-error"]).await?;
        assert!(refused.code == Some(2) && refused.log.contains("--yes"), "{}", refused.log);
        let purged = command(env, &["dlq", "purge", "--body-contains", "🦀 2", "--yes"]).await?;
        assert_eq!(purged.code, Some(0), "{}", purged.log);
        let left = env.take_dead_letters().await?;
        assert!(left.len() == 3 && left.iter().all(|letter| text(letter, "dedup-id") != Some("order-2")));
        Ok(())
    })
    .await
}
