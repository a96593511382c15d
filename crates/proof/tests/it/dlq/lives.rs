//! Messages that die more than once: each letter tells of the last time, and keeps all that was sent.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System,
    MessageSystemAttributeNameForSends::AwsTraceHeader, MessageSystemAttributeValue,
};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use super::{accept_all, peek, refuse_bad_ones, string, text};
use crate::support::{command, consumer, drained, in_test_env};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// The only letter, taken off its queue, with all that it has.
async fn take(env: &TestEnv) -> Result<Message> {
    let letter = peek(env, &env.dead_letter_url, 1).await?.remove(0);
    let taken = env.take_dead_letters().await?;
    let receipt = taken[0].receipt_handle.clone().context("no receipt")?;
    env.sqs.delete_message().queue_url(&env.dead_letter_url).receipt_handle(receipt).send().await?;
    Ok(letter)
}

/// As the console redrives: with every attribute that the letter has.
async fn redrive_with_everything(env: &TestEnv, letter: &Message) -> Result<()> {
    let body = letter.body.as_deref().context("no body")?;
    let send = env.sqs.send_message().queue_url(&env.queue_url).message_body(body);
    send.set_message_attributes(letter.message_attributes.clone()).send().await?;
    Ok(())
}

/// What the sender said, by what `dlq show` says.
async fn own(env: &TestEnv) -> Result<BTreeMap<String, String>> {
    let letter = peek(env, &env.dead_letter_url, 1).await?.remove(0);
    let id = letter.message_id.context("no MessageId")?;
    let shown = command(env, &["dlq", "show", &id]).await?;
    let own = shown.output.lines().filter_map(|line| line.trim().strip_prefix("attribute "));
    let own = own.filter_map(|text| text.trim().split_once(' '));
    Ok(own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

async fn dies_twice(env: &TestEnv, attributes: HashMap<String, MessageAttributeValue>) -> Result<()> {
    refuse_bad_ones(env).await?;
    let send = env.sqs.send_message().queue_url(&env.queue_url).message_body("bad one");
    send.set_message_attributes(Some(attributes)).send().await?;
    let mut first = consumer(env)?;
    drained(env, &mut first).await?;
    let said = own(env).await?;
    let letter = take(env).await?;
    accept_all(env).await?;
    let check = "ALTER TABLE messages ADD CONSTRAINT second_life CHECK (message NOT LIKE 'bad%')";
    env.connect().await?.query_drop(check).await?;
    redrive_with_everything(env, &letter).await?;
    let mut second = consumer(env)?;
    drained(env, &mut second).await?;
    assert_eq!(own(env).await?, said);
    let again = take(env).await?;
    let told = |letter: &Message| format!("{:?}", letter.message_attributes);
    assert!(told(&letter).contains("no_bad_ones") && told(&again).contains("second_life"));
    assert!(!told(&again).contains("no_bad_ones"), "{}", told(&again));
    Ok(())
}

#[tokio::test]
async fn facts_of_an_earlier_life_are_replaced() -> Result<()> {
    in_test_env(async |env| dies_twice(env, HashMap::from([("kind".to_owned(), string("x")?)])).await).await
}

#[tokio::test]
async fn facts_of_an_earlier_life_are_replaced_where_they_are_packed() -> Result<()> {
    in_test_env(async |env| {
        let ten = (0..10).map(|n| Ok((format!("own-{n}"), string(&format!("x{n}"))?)));
        dies_twice(env, ten.collect::<Result<_>>()?).await
    })
    .await
}

#[tokio::test]
async fn a_letter_that_sqs_moved_in_its_second_life_says_nothing_of_the_first() -> Result<()> {
    in_test_env(async |env| {
        let send = env.sqs.send_message().queue_url(&env.queue_url).message_body("hello");
        let send = send.message_attributes("dlq-reason", string("data-error")?);
        send.message_attributes("dlq-source", string(&env.queue_url)?).send().await?;
        crate::support::eventually("that SQS gives it up", async || {
            env.sqs.receive_message().queue_url(&env.queue_url).visibility_timeout(0).send().await?;
            Ok(env.left().await? == 0)
        })
        .await?;
        let listed = command(env, &["dlq", "ls"]).await?;
        assert!(
            listed.output.contains("none ") && !listed.output.contains("data-error"),
            "{}",
            listed.output
        );
        assert!(listed.output.contains("its receives were spent"), "{}", listed.output);
        Ok(())
    })
    .await
}

fn system(message: &Message, name: &System) -> Option<String> {
    message.attributes.as_ref()?.get(name).cloned()
}

#[tokio::test]
async fn group_and_trace_header_survive_dead_letters_files_and_redrive() -> Result<()> {
    in_test_env(async |env| {
        refuse_bad_ones(env).await?;
        let header =
            MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE).build()?;
        let send = env.sqs.send_message().queue_url(&env.queue_url).message_body("bad one");
        send.message_group_id("tenant-7").message_system_attributes(AwsTraceHeader, header).send().await?;
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let survive = async |url: &str| -> Result<Message> {
            let message = peek(env, url, 1).await?.remove(0);
            assert_eq!(system(&message, &System::MessageGroupId).as_deref(), Some("tenant-7"));
            assert_eq!(system(&message, &System::AwsTraceHeader).as_deref(), Some(TRACE));
            Ok(message)
        };
        let letter = survive(&env.dead_letter_url).await?;
        assert_eq!(text(&letter, "dlq-reason"), Some("data-error"));
        let file = std::env::temp_dir().join(format!("{}-groups", env.schema()?));
        let file = file.to_str().context("an odd folder")?;
        assert_eq!(command(env, &["dlq", "export", file, "--remove"]).await?.code, Some(0));
        assert_eq!(command(env, &["dlq", "import", file]).await?.code, Some(0));
        survive(&env.dead_letter_url).await?;
        let went = command(env, &["dlq", "redrive", "--all"]).await?;
        assert_eq!(went.code, Some(0), "{}", went.log);
        survive(&env.queue_url).await?;
        std::fs::remove_file(file)?;
        Ok(())
    })
    .await
}
