//! Publishers and relays do not wait for each other.

use anyhow::Result;
use mysql::Tx;
use mysql::outbox::MysqlOutbox;
use mysql_async::prelude::Queryable;
use outbound::Outgoing;
use outbound::relay::port::{Except, Found, Outbox};
use tokio::time::timeout;

use super::{MEANWHILE, database, nothing_waits, numbered, publish, relay, waiting};
use crate::support::in_test_env;

#[tokio::test]
async fn a_publisher_does_not_wait_for_a_relay_that_holds_all_rows() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        publish(env, &mysql, numbered(20)).await?;
        let outbox = MysqlOutbox::open(&env.database_url.parse()?).await?;
        let Found::Rows { rows, hold } = outbox.claim(&Except::default()).await? else {
            anyhow::bail!("there are rows");
        };
        assert_eq!(rows.len(), 20);
        timeout(MEANWHILE, publish(env, &mysql, numbered(20))).await??;
        let seqs: Vec<_> = rows.iter().map(|row| row.seq).collect();
        outbox.confirm(hold, &seqs).await?;
        assert_eq!(waiting(env).await?, 20);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_relay_does_not_wait_for_a_publisher_that_has_not_committed() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let mut slow = Tx::begin_unmarked(&mysql).await?;
        let failed = |fail: engine::job::Fail| anyhow::anyhow!("{fail}");
        slow.publish_raw("orders", Outgoing::new("slow", "b")).await.map_err(failed)?;
        publish(env, &mysql, numbered(20)).await?;
        let mut relay = relay(env)?;
        nothing_waits(env).await?;
        assert_eq!(env.left().await?, 20);
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        drop(slow);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_of_others_are_passed_by_and_a_second_relay_gets_what_is_left() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let message = |number: usize| Outgoing {
            group: (number < 1_500).then(|| "hot".to_owned()),
            ..Outgoing::new(number.to_string(), "b")
        };
        super::publish_all(&mysql, "orders", (0..1_510).map(message)).await?;
        let outbox = MysqlOutbox::open(&env.database_url.parse()?).await?;
        let (first, second) =
            (outbox.claim(&Except::default()).await?, outbox.claim(&Except::default()).await?);
        let (Found::Rows { rows: hot, hold }, Found::Rows { rows: others, hold: _second }) = (first, second)
        else {
            anyhow::bail!("there are rows for both");
        };
        assert!(hot.iter().all(|row| row.group.is_some()) && !hot.is_empty());
        assert!(others.iter().all(|row| row.group.is_none()) && others.len() == 10, "{}", others.len());
        assert!(matches!(outbox.claim(&Except::default()).await?, Found::Held));
        drop(hold);
        let depth: Option<u64> = env.connect().await?.query_first("SELECT COUNT(*) FROM outbox").await?;
        assert_eq!(depth, Some(1_510));
        Ok(())
    })
    .await
}
