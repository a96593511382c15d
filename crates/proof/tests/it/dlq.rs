//! Dead letters in an operator's hands: nothing lost, nothing doubled, nothing moved unasked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use proof::bed::Bed;
use proof::process::Process;
use shared::message::DedupId;

use crate::support::{command, command_with, consumer, drained, eventually, on_a_bed};

/// A table that refuses what begins with `bad`.
async fn refuse_bad_ones(bed: &Bed) -> Result<()> {
    let check = "ALTER TABLE messages ADD CONSTRAINT no_bad_ones CHECK (message NOT LIKE 'bad%')";
    Ok(bed.connect().await?.query_drop(check).await?)
}

async fn accept_all(bed: &Bed) -> Result<()> {
    Ok(bed.connect().await?.query_drop("ALTER TABLE messages DROP CONSTRAINT no_bad_ones").await?)
}

/// Three letters with the reason `data-error`, one with `id-reused`.
async fn four_letters(bed: &Bed) -> Result<()> {
    refuse_bad_ones(bed).await?;
    bed.send("first", Some("order-0")).await?;
    let mut consumer = consumer(bed)?;
    eventually("the first row", async || Ok(bed.count().await? == 1)).await?;
    bed.send("second", Some("order-0")).await?;
    for n in 1..=3 {
        bed.send(&format!("bad 🦀 {n}"), Some(&format!("order-{n}"))).await?;
    }
    drained(bed, &mut consumer).await
}

/// Puts a message on the dead-letter queue as SQS would: without a word.
async fn moved_by_sqs(bed: &Bed, body: &str) -> Result<()> {
    bed.sqs.send_message().queue_url(&bed.dead_letter_url).message_body(body).send().await?;
    Ok(())
}

fn text<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.message_attributes.as_ref()?.get(name)?.string_value.as_deref()
}

/// What of a letter must survive everything.
type Content = (String, BTreeMap<String, String>);

fn contents(letters: &[Message]) -> BTreeSet<Content> {
    let content = |letter: &Message| {
        let attributes = letter.message_attributes.iter().flatten();
        let attributes = attributes.map(|(name, value)| (name.clone(), format!("{value:?}"))).collect();
        (letter.body.clone().unwrap_or_default(), attributes)
    };
    letters.iter().map(content).collect()
}

#[tokio::test]
async fn ls_counts_letters_by_reason_and_gives_them_back() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        moved_by_sqs(bed, "secret").await?;
        let table = command(bed, &["dlq", "ls"]).await?;
        assert_eq!(table.code, Some(0), "{}", table.log);
        let row =
            |reason: &str| table.output.lines().find(|line| line.starts_with(reason)).map(str::to_owned);
        let data_error = row("data-error").context("no data-error")?;
        assert_eq!(data_error.split_whitespace().nth(1), Some("3"), "{data_error}");
        assert!(data_error.contains(" order-") && data_error.to_lowercase().contains("constraint"));
        assert!(row("id-reused").is_some() && row("none").is_some(), "{}", table.output);
        assert!(table.output.contains("5 letters, 1 of them without a reason"), "{}", table.output);
        assert!(table.log.contains("looking costs each letter one receive"), "{}", table.log);
        let json = command(bed, &["dlq", "ls", "--json"]).await?;
        assert!(json.output.contains(r#""letters":5,"without_reason":1,"more":0"#), "{}", json.output);
        for ended in [table, json] {
            let all = format!("{}{}", ended.output, ended.log);
            assert!(!all.contains("secret") && !all.contains("🦀"), "{all}");
        }
        assert_eq!(bed.take_dead_letters().await?.len(), 5);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn show_keeps_a_body_to_itself_unless_asked() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        let shown = command(bed, &["dlq", "show", "order-2"]).await?;
        assert_eq!(shown.code, Some(0), "{}", shown.log);
        assert!(shown.output.contains("data-error") && !shown.output.contains("🦀"), "{}", shown.output);
        let shown = command(bed, &["dlq", "show", "order-2", "--show-bodies"]).await?;
        assert!(shown.output.contains(r#""bad 🦀 2""#), "{}", shown.output);
        let shown = command(bed, &["dlq", "show", "order-2", "order-9"]).await?;
        assert!(shown.code == Some(1) && shown.log.contains("no such letter: order-9"), "{}", shown.log);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_of_one_reason_leaves_the_others_and_is_stored_once() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        accept_all(bed).await?;
        let listed = command(bed, &["dlq", "redrive", "--reason", "data-error", "--dry-run"]).await?;
        assert_eq!((listed.code, listed.output.lines().count()), (Some(0), 3), "{}", listed.log);
        assert_eq!(bed.left().await?, 0);
        let went = command(bed, &["dlq", "redrive", "--reason", "data-error"]).await?;
        assert_eq!(went.code, Some(0), "{}", went.log);
        let ask = bed.sqs.receive_message().queue_url(&bed.queue_url).message_attribute_names("All");
        let ask = ask.max_number_of_messages(10).visibility_timeout(0);
        for message in ask.send().await?.messages.unwrap_or_default() {
            let names = message.message_attributes.as_ref().context("no attributes")?.keys();
            assert_eq!(names.collect::<Vec<_>>(), ["dedup-id"]);
        }
        let mut consumer = consumer(bed)?;
        drained(bed, &mut consumer).await?;
        let stored: BTreeSet<_> = bed.rows().await?.into_iter().map(|row| row.id).collect();
        let expected = (0..=3).map(|n| *DedupId::of(&format!("order-{n}")).as_bytes()).collect();
        assert!(bed.count().await? == 4 && stored == expected);
        let left = bed.take_dead_letters().await?;
        assert_eq!((left.len(), text(&left[0], "dlq-reason")), (1, Some("id-reused")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dry_run_moves_nothing() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        let listed = command(bed, &["dlq", "redrive", "--all", "--dry-run"]).await?;
        assert_eq!((listed.code, listed.output.lines().count()), (Some(0), 4), "{}", listed.log);
        assert_eq!((bed.left().await?, bed.take_dead_letters().await?.len()), (0, 4));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_killed_between_send_and_delete_doubles_nothing() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        accept_all(bed).await?;
        let arguments = ["dlq", "redrive", "--reason", "data-error"];
        let killed = command_with(bed, &arguments, &[("FAILPOINT", "redrive-sent")]).await?;
        assert_eq!(killed.code, None);
        assert_eq!(bed.left().await?, 3);
        let mut consumer = consumer(bed)?;
        eventually("three rows", async || Ok(bed.count().await? == 4)).await?;
        // They come back after five minutes; here, at once.
        let again = bed.sqs.receive_message().queue_url(&bed.dead_letter_url).max_number_of_messages(10);
        assert!(again.send().await?.messages.unwrap_or_default().is_empty());
        for n in 1..=3 {
            bed.send(&format!("bad 🦀 {n}"), Some(&format!("order-{n}"))).await?;
        }
        drained(bed, &mut consumer).await?;
        assert_eq!(bed.count().await?, 4);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_that_is_stopped_gives_the_rest_back() -> Result<()> {
    on_a_bed(async |bed| {
        for n in 0..20 {
            moved_by_sqs(bed, &format!("hello {n}")).await?;
        }
        let mut redrive = Process::start(bed, "consumer", &["dlq", "redrive", "--all", "--rate", "1"])?;
        eventually("one that went", async || Ok(bed.left().await? > 0)).await?;
        redrive.signal(Signal::SIGINT)?;
        let ended = redrive.ended(Duration::from_secs(30)).await?;
        assert_eq!(ended.code(), Some(1), "{}", redrive.tail());
        let went = bed.left().await?;
        assert!(went < 10, "{went}");
        assert_eq!(bed.take_dead_letters().await?.len(), 20 - went);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_letter_of_another_queue_stays_unless_told_where_to_go() -> Result<()> {
    on_a_bed(async |bed| {
        let source = "http://127.0.0.1:4566/000000000000/another";
        let value = MessageAttributeValue::builder().data_type("String").string_value(source).build()?;
        let send = bed.sqs.send_message().queue_url(&bed.dead_letter_url).message_body("hello");
        send.message_attributes("dlq-source", value).send().await?;
        let stayed = command(bed, &["dlq", "redrive", "--all"]).await?;
        assert!(stayed.code == Some(1) && stayed.log.contains("--to-queue-url"), "{}", stayed.log);
        let elsewhere = ["dlq", "redrive", "--all", "--to-queue-url"];
        let circle = command(bed, &[&elsewhere[..], &[&bed.dead_letter_url]].concat()).await?;
        assert_eq!((circle.code, bed.left().await?), (Some(2), 0), "{}", circle.log);
        let went = command(bed, &[&elsewhere[..], &[&bed.queue_url]].concat()).await?;
        assert_eq!((went.code, bed.left().await?), (Some(0), 1), "{}", went.log);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn exported_purged_and_imported_letters_are_the_same() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        let bytes =
            MessageAttributeValue::builder().data_type("Binary.x").binary_value(Blob::new([0, 255, 10]));
        let name = MessageAttributeValue::builder().data_type("String").string_value("order-7").build()?;
        let send = bed.sqs.send_message().queue_url(&bed.dead_letter_url).message_body("a\r\n\t\u{9b}🦀\"\\");
        send.message_attributes("bytes", bytes.build()?).message_attributes("dedup-id", name).send().await?;
        let before = peek(bed, 5).await?;
        let folder = tempfile(bed)?;
        let (first, second) = (format!("{folder}/first"), format!("{folder}/second"));
        assert_eq!(command(bed, &["dlq", "export", &first]).await?.code, Some(0));
        let over = command(bed, &["dlq", "export", &first]).await?;
        assert!(over.code == Some(2) && over.log.contains("cannot write"), "{}", over.log);
        let purged = command(bed, &["dlq", "purge", "--all", "--yes"]).await?;
        assert!(purged.code == Some(0) && purged.log.contains("5 letters deleted"), "{}", purged.log);
        assert!(bed.take_dead_letters().await?.is_empty());
        assert_eq!(command(bed, &["dlq", "import", &first]).await?.code, Some(0));
        let removed = command(bed, &["dlq", "export", &second, "--remove"]).await?;
        assert_eq!(removed.code, Some(0), "{}", removed.log);
        assert!(bed.take_dead_letters().await?.is_empty());
        assert_eq!(command(bed, &["dlq", "import", &second]).await?.code, Some(0));
        assert_eq!(contents(&bed.take_dead_letters().await?), before);
        std::fs::remove_dir_all(folder)?;
        Ok(())
    })
    .await
}

/// What is on the dead-letter queue, left there.
async fn peek(bed: &Bed, count: usize) -> Result<BTreeSet<Content>> {
    let mut seen = BTreeSet::new();
    while seen.len() < count {
        let ask = bed.sqs.receive_message().queue_url(&bed.dead_letter_url).message_attribute_names("All");
        let letters = ask.max_number_of_messages(10).visibility_timeout(0).send().await?.messages;
        seen.extend(contents(&letters.unwrap_or_default()));
    }
    Ok(seen)
}

fn tempfile(bed: &Bed) -> Result<String> {
    let folder = std::env::temp_dir().join(bed.schema()?);
    std::fs::create_dir_all(&folder)?;
    Ok(folder.to_str().context("an odd folder")?.to_owned())
}

#[tokio::test]
async fn a_file_with_one_bad_line_is_not_sent_at_all() -> Result<()> {
    on_a_bed(async |bed| {
        let folder = tempfile(bed)?;
        let file = format!("{folder}/letters");
        std::fs::write(&file, "{\"body\":\"a\"}\n\n{\"body\":\"very secret\",\"x\":1}\n{\"body\":\"b\"}\n")?;
        let refused = command(bed, &["dlq", "import", &file]).await?;
        assert!(refused.code == Some(2) && refused.log.contains("line 3"), "{}", refused.log);
        assert!(!refused.log.contains("secret"), "{}", refused.log);
        assert!(bed.take_dead_letters().await?.is_empty());
        let resumed = command(bed, &["dlq", "import", &file, "--from-line", "4", "--to-queue"]).await?;
        assert_eq!((resumed.code, bed.left().await?), (Some(0), 1), "{}", resumed.log);
        std::fs::remove_dir_all(folder)?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_purge_needs_a_yes_and_deletes_only_what_fits() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        let refused = command(bed, &["dlq", "purge", "--reason", "data-error"]).await?;
        assert!(refused.code == Some(2) && refused.log.contains("--yes"), "{}", refused.log);
        let purged = command(bed, &["dlq", "purge", "--body-contains", "🦀 2", "--yes"]).await?;
        assert_eq!(purged.code, Some(0), "{}", purged.log);
        let left = bed.take_dead_letters().await?;
        assert!(left.len() == 3 && left.iter().all(|letter| text(letter, "dedup-id") != Some("order-2")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_foreign_message_keeps_its_identity_through_reject_and_redrive() -> Result<()> {
    on_a_bed(async |bed| {
        refuse_bad_ones(bed).await?;
        let sent = bed.sqs.send_message().queue_url(&bed.queue_url).message_body("bad one").send().await?;
        let mut first = consumer(bed)?;
        drained(bed, &mut first).await?;
        accept_all(bed).await?;
        let id = sent.message_id().context("no MessageId")?;
        assert_eq!(command(bed, &["dlq", "redrive", "--id", id]).await?.code, Some(0));
        let mut second = consumer(bed)?;
        drained(bed, &mut second).await?;
        let rows = bed.rows().await?;
        assert_eq!((rows.len(), &rows[0].id), (1, DedupId::of(id).as_bytes()));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_foreign_message_that_sqs_moved_keeps_its_identity() -> Result<()> {
    on_a_bed(async |bed| {
        let sent = bed.sqs.send_message().queue_url(&bed.queue_url).message_body("hello").send().await?;
        eventually("that SQS gives it up", async || {
            let ask = bed.sqs.receive_message().queue_url(&bed.queue_url).visibility_timeout(0);
            ask.send().await?;
            Ok(bed.left().await? == 0)
        })
        .await?;
        let id = sent.message_id().context("no MessageId")?;
        let went = command(bed, &["dlq", "redrive", "--id", id, "--reason", "none"]).await?;
        assert_eq!((went.code, bed.left().await?), (Some(0), 1), "{}", went.log);
        let mut consumer = consumer(bed)?;
        drained(bed, &mut consumer).await?;
        assert_eq!(&bed.rows().await?[0].id, DedupId::of(id).as_bytes());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_refused_again_goes_once_a_run() -> Result<()> {
    on_a_bed(async |bed| {
        four_letters(bed).await?;
        let mut consumer = consumer(bed)?;
        let went = command(bed, &["dlq", "redrive", "--all", "--rate", "10"]).await?;
        assert!(went.log.contains("4 letters went"), "{}", went.log);
        drained(bed, &mut consumer).await?;
        assert_eq!((bed.count().await?, bed.take_dead_letters().await?.len()), (1, 4));
        Ok(())
    })
    .await
}
