//! One bad message costs itself, whatever is bad about it.

use anyhow::Result;
use mysql_async::prelude::Queryable;

use super::{MAPPING, ORDERS, attribute, order, with_table};
use crate::support::{drained, eventually};

#[tokio::test]
async fn poison_of_each_kind_is_dead_lettered_with_its_reason_and_its_neighbours_are_stored() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let bad = |from: &str, to: &str| order(9_000).replace(from, to);
        let poison = [
            ("malformed", "no json".to_owned()),
            ("malformed", bad("\"paid\"", "\"id\": 1, \"paid\"")),
            ("missing-field", bad("\"id\"", "\"no\"")),
            ("missing-field", bad("\"c9000\"", "null")),
            ("data-error", bad("9000,", "\"nine\",")),
            ("data-error", bad("9000.50", "1.005")),
            ("data-error", bad("2026-11-27", "27.11.2026")),
            ("data-error", bad("c9000", &"x".repeat(41))),
            ("data-error", bad("9000,", "-1,")),
        ];
        for (place, (_, body)) in poison.iter().enumerate() {
            scene.send((0..10).map(|n| order(place * 10 + n))).await?;
            scene.env.send(body, None).await?;
        }
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(scene.count("orders").await?, 10 * poison.len());
        let letters = scene.env.take_dead_letters().await?;
        assert_eq!(letters.len(), poison.len());
        for (reason, body) in &poison {
            let letter = letters.iter().find(|letter| letter.body.as_ref() == Some(body));
            let told = letter.and_then(|letter| attribute(letter, "dlq-reason"));
            assert_eq!(told.as_deref(), Some(*reason), "{body}");
        }
        assert!(!consumer.log()?.contains("x".repeat(41).as_str()), "bodies are not logged");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_the_filter_leaves_out_is_done_with_and_counted() -> Result<()> {
    let mapping =
        MAPPING.replace("\n[columns]", "filter = { pointer = \"/type\", value = \"created\" }\n\n[columns]");
    with_table(ORDERS, &mapping, async |scene| {
        let of_type =
            |id: usize, kind: &str| order(id).replacen('{', &format!("{{\"type\": \"{kind}\", "), 1);
        let bodies = (0..30).map(|id| of_type(id, if id % 3 == 0 { "created" } else { "gone" }));
        scene.send(bodies).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!((scene.count("orders").await?, scene.count("inbox").await?), (10, 10));
        assert!(
            consumer.log()?.contains("stored 10") && consumer.log()?.contains("filtered 20"),
            "{}",
            consumer.tail()
        );
        assert!(scene.env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_trigger_that_refuses_a_row_costs_that_row() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let mut database = scene.env.connect().await?;
        database
            .query_drop(
                "CREATE TRIGGER no_seven BEFORE INSERT ON orders FOR EACH ROW
                 IF NEW.id = 7 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'seven'; END IF",
            )
            .await?;
        let mut consumer = scene.consumer()?;
        scene.send([order(1)]).await?;
        eventually("a first row", async || Ok(scene.count("orders").await? == 1)).await?;
        scene.send((2..=20).map(order)).await?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(
            (scene.count("orders").await?, scene.reasons().await?),
            (19, vec!["data-error".to_owned()])
        );
        assert!(consumer.log()?.contains("no_seven"), "the start warns of triggers");
        Ok(())
    })
    .await
}
