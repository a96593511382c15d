//! The effect takes place once, whatever the table's own key is.

use anyhow::Result;
use shared::message::DedupId;

use super::{MAPPING, ORDERS, order, with_table};
use crate::support::{command, drained, eventually};

#[tokio::test]
async fn an_order_is_in_its_columns_and_in_the_inbox() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        scene.send((1..=50).map(order)).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        let rows: Vec<(u64, String, String, String, bool, String, String)> = scene
            .rows(
                "SELECT id, customer, CAST(total AS CHAR), CAST(placed_at AS CHAR), paid, source, raw
                 FROM orders WHERE id = 7",
            )
            .await?;
        let (id, customer, total, placed_at, paid, source, raw) = rows[0].clone();
        assert_eq!((id, &*customer, &*total), (7, "c7", "7.50"));
        assert_eq!((&*placed_at, paid, &*source), ("2026-11-27 05:44:54.123", true, "shop"));
        assert_eq!(raw, order(7));
        assert_eq!((scene.count("orders").await?, scene.count("inbox").await?), (50, 50));
        let same = "orders JOIN inbox ON inbox.id = orders.message AND inbox.job = 'map:orders'";
        assert_eq!(scene.count(same).await?, 50);
        assert!(scene.env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_that_became_a_row_is_found_by_its_id() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        scene.env.send(&order(7), Some("order-7")).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        let found = command(scene.env, &["trace", "order-7"]).await?;
        assert_eq!(found.code, Some(0), "{}", found.log);
        let output = &found.output;
        assert!(output.starts_with("done at 20") && output.contains(" by map:orders"), "{output}");
        let unknown = command(scene.env, &["trace", "order-8"]).await?;
        assert_eq!(unknown.code, Some(1), "{}", unknown.output);
        Ok(())
    })
    .await
}

/// No key would keep a row from being there twice.
const LOG: &str =
    "CREATE TABLE log (number INT NOT NULL, at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6)) ENGINE = InnoDB";
const NUMBERS: &str = "table = \"log\"\n[columns]\nnumber = \"/n\"\n";

#[tokio::test]
async fn a_message_sent_twice_has_one_row_even_in_a_table_without_a_key() -> Result<()> {
    with_table(LOG, NUMBERS, async |scene| {
        let ids: Vec<_> = (0..30).map(|_| DedupId::generate().to_string()).collect();
        let mut consumer = scene.consumer()?;
        for turn in 0..3 {
            for (n, id) in ids.iter().enumerate().skip(turn * 5) {
                scene.env.send(&format!("{{\"n\": {n}}}"), Some(id)).await?;
            }
        }
        drained(scene.env, &mut consumer).await?;
        assert_eq!((scene.count("log").await?, scene.count("inbox").await?), (30, 30));
        assert_eq!(scene.rows::<usize>("SELECT COUNT(DISTINCT number) FROM log").await?, [30]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn consumers_that_are_killed_lose_no_row_and_double_none() -> Result<()> {
    with_table(LOG, NUMBERS, async |scene| {
        let total = 600;
        scene.send((0..total).map(|n| format!("{{\"n\": {n}}}"))).await?;
        for point in ["insert-sent:2", "after-commit:2", "insert-sent:5", "after-commit:4"] {
            let mut doomed = scene.consumer_with(&[("FAILPOINT", point), ("BATCH_ROWS", "7")])?;
            doomed.ended(crate::support::LONGEST).await?;
        }
        let mut consumer = scene.consumer()?;
        eventually("all rows", async || Ok(scene.count("log").await? >= total)).await?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(scene.count("log").await?, total);
        assert_eq!(scene.rows::<usize>("SELECT COUNT(DISTINCT number) FROM log").await?, [total]);
        assert!(scene.env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_whose_key_exists_is_passed_over_or_refused_as_the_file_says() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let mut consumer = scene.consumer()?;
        scene.send([order(1), order(2), order(1)]).await?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!((scene.count("orders").await?, scene.count("inbox").await?), (2, 3));
        assert!(consumer.log()?.contains("duplicates 1"), "{}", consumer.tail());
        scene.write(&MAPPING.replace("\n[columns]", "existing = \"reject\"\n\n[columns]"))?;
        let mut consumer = scene.consumer()?;
        scene.send([order(3), order(1), order(4)]).await?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(
            (scene.count("orders").await?, scene.reasons().await?),
            (4, vec!["data-error".to_owned()])
        );
        assert_eq!(scene.count("inbox").await?, 5, "what was refused is not marked as done");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_a_group_what_is_behind_a_bad_message_takes_effect_in_its_order() -> Result<()> {
    crate::fifo::on_fifo(10, async |env| {
        let scene = super::Scene::new(env, LOG, "table = \"log\"\n[columns]\nnumber = \"/n\"\n").await?;
        let bodies = |group: usize| -> Vec<String> {
            (0..30)
                .map(|n| {
                    if n % 10 == 7 {
                        format!("bad {group} {n}")
                    } else {
                        format!("{{\"n\": {}}}", 100 * group + n)
                    }
                })
                .collect()
        };
        for group in 0..3 {
            env.send_in(&format!("g{group}"), &bodies(group)).await?;
        }
        let mut consumer = scene.consumer()?;
        drained(env, &mut consumer).await?;
        let rows: Vec<(usize, String)> =
            scene.rows("SELECT number, CAST(at AS CHAR) FROM log ORDER BY at, number").await?;
        assert_eq!(rows.len(), 81);
        for group in 0..3 {
            let own: Vec<_> =
                rows.iter().map(|(number, _)| *number).filter(|number| number / 100 == group).collect();
            assert!(own.is_sorted() && own.len() == 27, "{group}: {own:?}");
        }
        Ok(())
    })
    .await
}
