//! Letters in a file and back: what was taken off the queue can be put on it again.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use proof::test_env::TestEnv;
use shared::message::DedupId;

use super::{four_letters, peek, string};
use crate::support::{command, consumer, drained, in_test_env};

const MAX_BYTES: usize = 1_048_576;

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

fn tempfile(env: &TestEnv) -> Result<String> {
    let folder = std::env::temp_dir().join(env.schema()?);
    std::fs::create_dir_all(&folder)?;
    Ok(folder.to_str().context("an odd folder")?.to_owned())
}

#[tokio::test]
async fn exported_purged_and_imported_letters_are_the_same() -> Result<()> {
    in_test_env(async |env| {
        four_letters(env).await?;
        let bytes =
            MessageAttributeValue::builder().data_type("Binary.x").binary_value(Blob::new([0, 255, 10]));
        let name = MessageAttributeValue::builder().data_type("String").string_value("order-7").build()?;
        let send = env.sqs.send_message().queue_url(&env.dead_letter_url).message_body("a\r\n\t\u{9b}🦀\"\\");
        send.message_attributes("bytes", bytes.build()?).message_attributes("dedup-id", name).send().await?;
        let before = contents(&peek(env, &env.dead_letter_url, 5).await?);
        let folder = tempfile(env)?;
        let (first, second) = (format!("{folder}/first"), format!("{folder}/second"));
        assert_eq!(command(env, &["dlq", "export", &first]).await?.code, Some(0));
        let over = command(env, &["dlq", "export", &first]).await?;
        assert!(over.code == Some(2) && over.log.contains("cannot write"), "{}", over.log);
        let purged = command(env, &["dlq", "purge", "--all", "--yes"]).await?;
        assert!(purged.code == Some(0) && purged.log.contains("5 letters deleted"), "{}", purged.log);
        assert!(env.take_dead_letters().await?.is_empty());
        assert_eq!(command(env, &["dlq", "import", &first]).await?.code, Some(0));
        let removed = command(env, &["dlq", "export", &second, "--remove"]).await?;
        assert_eq!(removed.code, Some(0), "{}", removed.log);
        assert!(env.take_dead_letters().await?.is_empty());
        assert_eq!(command(env, &["dlq", "import", &second]).await?.code, Some(0));
        assert_eq!(contents(&env.take_dead_letters().await?), before);
        std::fs::remove_dir_all(folder)?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_bad_line_costs_only_itself() -> Result<()> {
    in_test_env(async |env| {
        let folder = tempfile(env)?;
        let file = format!("{folder}/letters");
        let bad = "{\"dedup_id\":\"order-3\",\"body\":\"secret\\u0001\"}\n{\"body\":\"secret\",\"x\":1}";
        std::fs::write(&file, format!("{{\"body\":\"a\"}}\n\n{bad}\n{{\"body\":\"b\"}}\n"))?;
        let skipped = command(env, &["dlq", "import", &file]).await?;
        assert_eq!(skipped.code, Some(1), "{}", skipped.log);
        assert!(skipped.log.contains("line 3 is skipped: order-3: "), "{}", skipped.log);
        assert!(skipped.log.contains("line 4 is skipped: unknown field"), "{}", skipped.log);
        assert!(skipped.log.contains("2 letters sent, 2 skipped"), "{}", skipped.log);
        assert!(!skipped.log.contains("secret"), "{}", skipped.log);
        assert_eq!(env.take_dead_letters().await?.len(), 2);
        let resumed = command(env, &["dlq", "import", &file, "--from-line", "5", "--to-queue"]).await?;
        assert_eq!((resumed.code, env.left().await?), (Some(0), 1), "{}", resumed.log);
        std::fs::remove_dir_all(folder)?;
        Ok(())
    })
    .await
}

/// Returns its `MessageId`.
async fn letter(env: &TestEnv, body: String, attributes: &[&str]) -> Result<String> {
    let mut send = env.sqs.send_message().queue_url(&env.dead_letter_url).message_body(body);
    for name in attributes {
        send = send.message_attributes(*name, string("order-1")?);
    }
    send.send().await?.message_id.context("no MessageId")
}

#[tokio::test]
async fn letters_that_are_full_in_every_way_are_exported_imported_and_stored_under_their_names() -> Result<()>
{
    in_test_env(async |env| {
        let ten: Vec<_> = (0..10).map(|n| format!("own-{n}")).collect();
        let ten: Vec<_> = ten.iter().map(String::as_str).collect();
        let full = letter(env, "ten attributes".to_owned(), &ten).await?;
        let nameless = letter(env, "x".repeat(MAX_BYTES), &[]).await?;
        let named = "y".repeat(MAX_BYTES - "dedup-idStringorder-1".len());
        letter(env, named, &["dedup-id"]).await?;
        let folder = tempfile(env)?;
        let file = format!("{folder}/letters");
        let removed = command(env, &["dlq", "export", &file, "--remove"]).await?;
        assert!(removed.code == Some(1) && removed.log.contains("3 letters written"), "{}", removed.log);
        let why = format!("import would not take it: {nameless}: no room");
        assert!(removed.log.contains(&why), "{}", removed.log);
        assert_eq!(env.depth(&env.dead_letter_url).await?, 1);
        let back = command(env, &["dlq", "import", &file]).await?;
        assert!(back.code == Some(1) && back.log.contains("2 letters sent, 1 skipped"), "{}", back.log);
        assert!(back.log.contains(&format!(": {nameless}: no room")), "{}", back.log);
        let went = command(env, &["dlq", "redrive", "--all"]).await?;
        assert!(went.code == Some(1) && went.log.contains("--new-identity"), "{}", went.log);
        let went = command(env, &["dlq", "redrive", "--all", "--new-identity"]).await?;
        assert_eq!((went.code, env.depth(&env.dead_letter_url).await?), (Some(0), 0), "{}", went.log);
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        let stored: BTreeMap<_, _> =
            env.rows().await?.into_iter().map(|row| (row.id, row.message.len())).collect();
        assert_eq!(stored.get(DedupId::of(&full).as_bytes()), Some(&14));
        assert_eq!(stored.get(DedupId::of("order-1").as_bytes()), Some(&(MAX_BYTES - 21)));
        assert!(stored.len() == 3 && !stored.contains_key(DedupId::of(&nameless).as_bytes()));
        std::fs::remove_dir_all(folder)?;
        Ok(())
    })
    .await
}
