//! What is no message's fault holds the work, dead-letters nothing, and names what to mend.

use anyhow::Result;

use super::{MAPPING, ORDERS, order, with_table};
use crate::http::Admin;
use crate::support::{drained, eventually};

#[tokio::test]
async fn a_pointer_that_no_message_has_holds_the_work_and_names_its_line() -> Result<()> {
    let mapping = MAPPING.replace("/order/customer", "/order/custommer");
    with_table(ORDERS, &mapping, async |scene| {
        scene.send((0..40).map(order)).await?;
        let mut consumer = scene.consumer()?;
        eventually("a hold", async || Ok(consumer.log()?.contains("work needs help"))).await?;
        let log = consumer.log()?;
        assert!(log.contains(".toml:5: no message had /order/custommer yet"), "{log}");
        assert_eq!(scene.count("orders").await?, 0);
        assert_eq!(consumer.stop().await?, Some(0));
        assert!(scene.env.take_dead_letters().await?.is_empty());
        scene.write(MAPPING)?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!((scene.count("orders").await?, scene.reasons().await?.len()), (40, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_that_has_it_shows_that_the_others_are_at_fault() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let lacking = |id: usize| order(id).replace("customer", "buyer");
        scene.send((0..5).map(lacking)).await?;
        let mut consumer = scene.consumer()?;
        eventually("a hold", async || Ok(consumer.log()?.contains("work needs help"))).await?;
        scene.send([order(7)]).await?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(
            (scene.count("orders").await?, scene.reasons().await?),
            (1, vec!["missing-field".to_owned(); 5])
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_operator_may_say_that_the_messages_are_at_fault() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        scene.send(["no json".to_owned()]).await?;
        let mut consumer = scene.consumer_with(&[("ADMIN_ADDR", "127.0.0.1:0")])?;
        eventually("a hold", async || Ok(consumer.log()?.contains("no message was JSON yet"))).await?;
        let admin = Admin::of(&consumer).await?;
        assert_eq!(admin.ask("POST", "/accept-rejects", &[], "").await?.status, 200);
        drained(scene.env, &mut consumer).await?;
        assert_eq!(scene.reasons().await?, ["malformed"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_filter_that_no_message_has_deletes_nothing() -> Result<()> {
    let mapping =
        MAPPING.replace("\n[columns]", "filter = { pointer = \"/typo\", value = \"x\" }\n\n[columns]");
    with_table(ORDERS, &mapping, async |scene| {
        scene.send((0..10).map(order)).await?;
        let mut consumer = scene.consumer()?;
        eventually("a hold", async || Ok(consumer.log()?.contains("which the filter asks for"))).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        assert_eq!(scene.env.left().await?, 10);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_table_that_was_changed_holds_everything_until_it_is_mended() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let mut consumer = scene.consumer()?;
        scene.send([order(1)]).await?;
        eventually("a first row", async || Ok(scene.count("orders").await? == 1)).await?;
        let cases = [
            ("RENAME TABLE orders TO elsewhere", "RENAME TABLE elsewhere TO orders"),
            ("ALTER TABLE orders ADD tenant INT NOT NULL", "ALTER TABLE orders DROP tenant"),
            (
                "ALTER TABLE orders MODIFY customer VARCHAR(2) NOT NULL DEFAULT ''",
                "ALTER TABLE orders MODIFY customer VARCHAR(40) NOT NULL",
            ),
            ("RENAME TABLE inbox TO elsewhere", "RENAME TABLE elsewhere TO inbox"),
        ];
        for (turn, (spoil, mend)) in cases.into_iter().enumerate() {
            scene.run("DELETE FROM orders WHERE id > 1").await?;
            scene.run(spoil).await?;
            scene.send((0..10).map(|n| order(100 * (turn + 1) + n))).await?;
            let holds = async || Ok(consumer.log()?.matches("work needs help").count() == turn + 1);
            eventually("a hold", holds).await?;
            scene.run(mend).await?;
            eventually("all rows", async || Ok(scene.count("orders").await? == 11)).await?;
        }
        drained(scene.env, &mut consumer).await?;
        assert!(scene.env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}
