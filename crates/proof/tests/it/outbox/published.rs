//! A message is sent if and only if the transaction committed that published it, and as it was given.

use std::time::Duration;

use anyhow::{Result, ensure};
use aws_sdk_sqs::primitives::Blob;
use engine::job::FailKind;
use mysql::Tx;
use mysql::outbox::{PublishError, publish_raw};
use mysql::tx::Begun;
use outbound::{Flaw, Outgoing};
use shared::message::{Attribute, AttributeValue, DEDUP_ID, DedupId};
use shared::queue::name_in;
use tokio::time::sleep;

use super::{MEANWHILE, database, nothing_waits, relay, waiting};
use crate::support::{eventually, in_test_env};

#[tokio::test]
async fn a_message_is_sent_if_and_only_if_its_transaction_committed() -> Result<()> {
    in_test_env(async |env| {
        let (mysql, queue) = (database(env).await?, name_in(&env.queue_url));
        let mut relay = relay(env)?;
        for number in 0..20 {
            let begun = Tx::begin(&mysql, "reserve", &DedupId::generate()).await?;
            let Begun::Tx(mut tx) = begun else { anyhow::bail!("it is new") };
            let message = Outgoing::new(format!("m-{number}"), format!("message {number}"));
            tx.publish_raw(queue, message).await.map_err(|fail| anyhow::anyhow!("{fail}"))?;
            if number % 2 == 0 {
                let _ = tx.commit().await.map_err(|fail| anyhow::anyhow!("{fail}"))?;
            }
        }
        nothing_waits(env).await?;
        eventually("ten messages", async || Ok(env.left().await? == 10)).await?;
        sleep(MEANWHILE).await;
        let mut bodies: Vec<_> = env.take_left().await?.into_iter().filter_map(|m| m.body).collect();
        bodies.sort();
        let mut wanted: Vec<_> = (0..20).step_by(2).map(|number| format!("message {number}")).collect();
        wanted.sort();
        assert_eq!(bodies, wanted);
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_arrives_as_it_was_published() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let mut relay = relay(env)?;
        let body = "{\"seat\": \"\u{1f3ab}\", \"trailing\": \" \\\\ '%_\u{7f}\"} \n";
        let bytes = AttributeValue::Bytes(vec![0, 159, 146, 150]);
        let attributes = vec![
            Attribute { name: "raw".into(), data_type: "Binary".into(), value: bytes },
            Attribute {
                name: "n".into(),
                data_type: "Number".into(),
                value: AttributeValue::Text("7".into()),
            },
        ];
        let message = Outgoing { attributes, ..Outgoing::new("Order \u{e9} ", body) };
        super::publish_all(&mysql, &env.queue_url, [message]).await?;
        eventually("the message", async || Ok(env.left().await? == 1)).await?;
        let [message] = &env.take_left().await?[..] else { anyhow::bail!("not one") };
        let attributes = message.message_attributes().expect("it has attributes");
        assert_eq!(message.body(), Some(body));
        assert_eq!(attributes["raw"].binary_value(), Some(&Blob::new([0, 159, 146, 150])));
        assert_eq!((attributes["n"].data_type(), attributes["n"].string_value()), ("Number", Some("7")));
        assert_eq!(attributes[DEDUP_ID].string_value(), Some("Order \u{e9} "));
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_sqs_would_refuse_is_no_row_and_ends_no_transaction() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let mut tx = Tx::begin_unmarked(&mysql).await?;
        for (queue, message) in [
            ("orders", Outgoing::new("m", "")),
            ("orders.fifo", Outgoing::new("m", "b")),
            ("no such queue", Outgoing::new("m", "b")),
            ("orders", Outgoing { delay: Duration::from_secs(901), ..Outgoing::new("m", "b") }),
        ] {
            let Err(fail) = tx.publish_raw(queue, message).await else { anyhow::bail!("published") };
            ensure!((fail.reason(), fail.kind()) == ("unsendable", FailKind::Reject), "{fail}");
        }
        tx.publish_raw("orders", Outgoing::new("m", "b")).await.map_err(|fail| anyhow::anyhow!("{fail}"))?;
        let _ = tx.commit().await.map_err(|fail| anyhow::anyhow!("{fail}"))?;
        assert_eq!(waiting(env).await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn any_connection_can_publish_in_a_transaction_of_its_own() -> Result<()> {
    use diesel_async::{AsyncConnection, AsyncMysqlConnection};

    in_test_env(async |env| {
        let mysql = database(env).await?;
        let mut connection: AsyncMysqlConnection = mysql.connection().await?;
        let published = connection.transaction::<_, PublishError, _>(async |connection| {
            publish_raw(connection, "orders", Outgoing::new("m-1", "b")).await?;
            publish_raw(connection, "orders", Outgoing::new("m-2", "\u{0}")).await
        });
        let flaw = published.await;
        assert!(matches!(flaw, Err(PublishError::Flaw(Flaw::Character(..)))), "{flaw:?}");
        assert_eq!(waiting(env).await?, 0);
        let published = connection.transaction::<_, PublishError, _>(async |connection| {
            publish_raw(connection, "orders", Outgoing::new("m-1", "b")).await
        });
        published.await?;
        assert_eq!(waiting(env).await?, 1);
        Ok(())
    })
    .await
}
