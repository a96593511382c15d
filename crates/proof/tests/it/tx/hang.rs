//! Statements that do not end: the connection is closed, and the server's thread is ended.

use std::time::Duration;

use anyhow::{Result, ensure};
use diesel_async::RunQueryDsl;
use engine::job::{Body, Committed, Fail, FailKind, Outcome};
use mysql::Tx;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::time::timeout;

use super::{Shop, call_new, ensure_unavailable, in_shop, sell, take};
use crate::support::{eventually, under_way};

/// Unlike `SLEEP`, it does not notice that its client is gone.
const HANG: &str = "SELECT BENCHMARK(100000000000, SHA2('x', 256)) AS number";

async fn hangs(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    diesel::sql_query(HANG).execute(&mut *tx).await?;
    tx.commit().await
}

async fn hanging(env: &TestEnv) -> Result<usize> {
    Ok(under_way(env).await?.iter().filter(|statement| statement.contains("BENCHMARK")).count())
}

#[tokio::test]
async fn a_job_that_is_given_up_in_a_statement_leaves_no_thread_behind() -> Result<()> {
    in_shop(async |shop, env| {
        let given_up =
            async { eventually("a statement that hangs", async || Ok(hanging(env).await? == 1)).await };
        tokio::select! {
            outcome = call_new(&hangs, shop, "seat 1") => anyhow::bail!("it hangs: {outcome:?}"),
            hung = given_up => hung?,
        }
        // Dropped by now. The next transaction ends what it has left.
        assert!(matches!(call_new(&sell, shop, "seat 1").await, Outcome::Done));
        ensure!(hanging(env).await? == 0);
        assert_eq!(shop.counts().await?, (1, 1));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_slow_statement_is_its_messages_own_while_the_database_takes_rows() -> Result<()> {
    in_shop(async |shop, env| {
        let mysql = shop.mysql.clone().statement_timeout(Duration::from_secs(1));
        let shop = Shop { mysql, ..shop.clone() };
        let outcome = call_new(&hangs, &shop, "seat 1").await;
        let Outcome::Failed(fail) = outcome else { anyhow::bail!("{outcome:?}") };
        assert_eq!((fail.reason(), fail.kind()), ("statement-timeout", FailKind::Retry { after: None }));
        // That was found out on another connection, which has ended it.
        ensure!(hanging(env).await? == 0);
        assert_eq!(shop.counts().await?, (0, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_slow_statement_is_an_outage_while_the_database_takes_no_rows() -> Result<()> {
    in_shop(async |shop, _| {
        let mysql = shop.mysql.clone().statement_timeout(Duration::from_secs(1));
        let patient = Shop { mysql, ..shop.clone() };
        let mut other = shop.others().await?;
        let outcome = {
            let call = call_new(&hangs, &patient, "seat 1");
            // Waits for the job's transaction to end, and has others wait behind it.
            let lock = other.query_drop("LOCK TABLES inbox WRITE");
            let (outcome, locked) = tokio::join!(call, async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                lock.await
            });
            locked?;
            outcome
        };
        ensure_unavailable(&outcome, false, "in time")?;
        other.query_drop("UNLOCK TABLES").await?;
        let done = timeout(Duration::from_secs(20), call_new(&sell, shop, "seat 1")).await?;
        assert!(matches!(done, Outcome::Done), "{done:?}");
        Ok(())
    })
    .await
}
