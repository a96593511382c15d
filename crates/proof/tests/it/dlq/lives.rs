//! Messages that die more than once: each letter tells of the last time, and keeps all that was sent.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System,
    MessageSystemAttributeNameForSends::AwsTraceHeader, MessageSystemAttributeValue,
};
use mysql_async::prelude::Queryable;
use proof::bed::Bed;

use super::{accept_all, peek, refuse_bad_ones, string, text};
use crate::support::{command, consumer, drained, on_a_bed};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// The only letter, taken off its queue, with all that it has.
async fn take(bed: &Bed) -> Result<Message> {
    let letter = peek(bed, &bed.dead_letter_url, 1).await?.remove(0);
    let taken = bed.take_dead_letters().await?;
    let receipt = taken[0].receipt_handle.clone().context("no receipt")?;
    bed.sqs.delete_message().queue_url(&bed.dead_letter_url).receipt_handle(receipt).send().await?;
    Ok(letter)
}

/// As the console redrives: with every attribute that the letter has.
async fn redrive_with_everything(bed: &Bed, letter: &Message) -> Result<()> {
    let body = letter.body.as_deref().context("no body")?;
    let send = bed.sqs.send_message().queue_url(&bed.queue_url).message_body(body);
    send.set_message_attributes(letter.message_attributes.clone()).send().await?;
    Ok(())
}

/// What the sender said, by what `dlq show` says.
async fn own(bed: &Bed) -> Result<BTreeMap<String, String>> {
    let letter = peek(bed, &bed.dead_letter_url, 1).await?.remove(0);
    let id = letter.message_id.context("no MessageId")?;
    let shown = command(bed, &["dlq", "show", &id]).await?;
    let own = shown.output.lines().filter_map(|line| line.trim().strip_prefix("attribute "));
    let own = own.filter_map(|text| text.trim().split_once(' '));
    Ok(own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

async fn dies_twice(bed: &Bed, attributes: HashMap<String, MessageAttributeValue>) -> Result<()> {
    refuse_bad_ones(bed).await?;
    let send = bed.sqs.send_message().queue_url(&bed.queue_url).message_body("bad one");
    send.set_message_attributes(Some(attributes)).send().await?;
    let mut first = consumer(bed)?;
    drained(bed, &mut first).await?;
    let said = own(bed).await?;
    let letter = take(bed).await?;
    accept_all(bed).await?;
    let check = "ALTER TABLE messages ADD CONSTRAINT second_life CHECK (message NOT LIKE 'bad%')";
    bed.connect().await?.query_drop(check).await?;
    redrive_with_everything(bed, &letter).await?;
    let mut second = consumer(bed)?;
    drained(bed, &mut second).await?;
    assert_eq!(own(bed).await?, said);
    let again = take(bed).await?;
    let told = |letter: &Message| format!("{:?}", letter.message_attributes);
    assert!(told(&letter).contains("no_bad_ones") && told(&again).contains("second_life"));
    assert!(!told(&again).contains("no_bad_ones"), "{}", told(&again));
    Ok(())
}

#[tokio::test]
async fn facts_of_an_earlier_life_are_replaced() -> Result<()> {
    on_a_bed(async |bed| dies_twice(bed, HashMap::from([("kind".to_owned(), string("x")?)])).await).await
}

#[tokio::test]
async fn facts_of_an_earlier_life_are_replaced_where_they_are_packed() -> Result<()> {
    on_a_bed(async |bed| {
        let ten = (0..10).map(|n| Ok((format!("own-{n}"), string(&format!("x{n}"))?)));
        dies_twice(bed, ten.collect::<Result<_>>()?).await
    })
    .await
}

#[tokio::test]
async fn a_letter_that_sqs_moved_in_its_second_life_says_nothing_of_the_first() -> Result<()> {
    on_a_bed(async |bed| {
        let send = bed.sqs.send_message().queue_url(&bed.queue_url).message_body("hello");
        let send = send.message_attributes("dlq-reason", string("data-error")?);
        send.message_attributes("dlq-source", string(&bed.queue_url)?).send().await?;
        crate::support::eventually("that SQS gives it up", async || {
            bed.sqs.receive_message().queue_url(&bed.queue_url).visibility_timeout(0).send().await?;
            Ok(bed.left().await? == 0)
        })
        .await?;
        let listed = command(bed, &["dlq", "ls"]).await?;
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
    on_a_bed(async |bed| {
        refuse_bad_ones(bed).await?;
        let header =
            MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE).build()?;
        let send = bed.sqs.send_message().queue_url(&bed.queue_url).message_body("bad one");
        send.message_group_id("tenant-7").message_system_attributes(AwsTraceHeader, header).send().await?;
        let mut consumer = consumer(bed)?;
        drained(bed, &mut consumer).await?;
        let survive = async |url: &str| -> Result<Message> {
            let message = peek(bed, url, 1).await?.remove(0);
            assert_eq!(system(&message, &System::MessageGroupId).as_deref(), Some("tenant-7"));
            assert_eq!(system(&message, &System::AwsTraceHeader).as_deref(), Some(TRACE));
            Ok(message)
        };
        let letter = survive(&bed.dead_letter_url).await?;
        assert_eq!(text(&letter, "dlq-reason"), Some("data-error"));
        let file = std::env::temp_dir().join(format!("{}-groups", bed.schema()?));
        let file = file.to_str().context("an odd folder")?;
        assert_eq!(command(bed, &["dlq", "export", file, "--remove"]).await?.code, Some(0));
        assert_eq!(command(bed, &["dlq", "import", file]).await?.code, Some(0));
        survive(&bed.dead_letter_url).await?;
        let went = command(bed, &["dlq", "redrive", "--all"]).await?;
        assert_eq!(went.code, Some(0), "{}", went.log);
        survive(&bed.queue_url).await?;
        std::fs::remove_file(file)?;
        Ok(())
    })
    .await
}
