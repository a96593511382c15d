//! One bad row costs itself and nothing else.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;

use crate::support::{consumer, eventually, on_a_bed};

#[tokio::test]
async fn one_bad_row_does_not_fail_its_batch() -> Result<()> {
    on_a_bed(async |bed| {
        let mut database = bed.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (message <> 'bad 50')").await?;
        for n in 0..100 {
            let body = if n == 50 { "bad 50".to_owned() } else { format!("good {n}") };
            bed.send(&body, None).await?;
        }
        let mut consumer = consumer(bed)?;
        eventually("an empty queue", async || Ok(bed.left().await? == 0)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        assert_eq!(bed.count().await?, 99);
        let letters = bed.take_dead_letters().await?;
        assert_eq!(letters.len(), 1);
        let attributes = letters[0].message_attributes.as_ref().context("no attributes")?;
        let text = |name| attributes.get(name).and_then(|value| value.string_value.as_deref());
        assert_eq!((text("dlq-reason"), text("dlq-attempts")), (Some("data-error"), Some("1")));
        assert!(text("dlq-error").is_some_and(|error| error.to_lowercase().contains("constraint")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_are_in_utc_whatever_the_server_thinks() -> Result<()> {
    on_a_bed(async |bed| {
        bed.send("hello", None).await?;
        let mut consumer = consumer(bed)?;
        eventually("its row", async || Ok(bed.count().await? == 1)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let query = "SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(6))) < 60
                        AND ABS(TIMESTAMPDIFF(SECOND, sent_at, UTC_TIMESTAMP(6))) < 60 FROM messages";
        let recent: Option<bool> = bed.connect().await?.query_first(query).await?;
        assert_eq!(recent, Some(true));
        Ok(())
    })
    .await
}
