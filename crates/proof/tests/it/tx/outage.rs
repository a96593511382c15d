//! No message pays for an outage, a missing table or right, whatever the job makes of the error.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use engine::handler::Handler;
use engine::job::{Body, Committed, Fail, FailKind, JobHandler, Outcome, State};
use faultproxy::TcpProxy;
use mysql::{MySql, Tx};
use mysql_async::prelude::Queryable;
use proof::spare::{ADMIN, NARROW, Spare, url};
use shared::message::DedupId;

use super::{EFFECTS, Shop, call, call_new, ensure_unavailable, in_shop, message, sell, shop, take};
use crate::failover::migrated;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The connection is killed between two statements.
async fn killed(Body(seat): Body, State(shop): State<Shop>, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    let own = diesel::sql_query("SELECT CONNECTION_ID() AS number");
    let Number { number } = own.get_result(&mut *tx).await?;
    shop.others_do(&format!("KILL {number}")).await?;
    take(&mut tx, "another").await?;
    tx.commit().await
}

/// As [`killed`], and takes the error for the message's fault.
async fn accuses(Body(seat): Body, State(shop): State<Shop>, mut tx: Tx) -> Result<Committed, Fail> {
    let Number { number } =
        diesel::sql_query("SELECT CONNECTION_ID() AS number").get_result(&mut *tx).await?;
    shop.others_do(&format!("KILL {number}")).await?;
    take(&mut tx, &seat).await.map_err(|error| Fail::reject("no-such-seat", error))?;
    tx.commit().await
}

#[tokio::test]
async fn a_connection_that_is_lost_is_no_messages_fault() -> Result<()> {
    in_shop(async |shop, _| {
        ensure_unavailable(&call_new(&killed, shop, "seat 1").await, false, "")?;
        ensure_unavailable(&call_new(&accuses, shop, "seat 1").await, false, "")?;
        assert_eq!(shop.counts().await?, (0, 0));
        assert!(matches!(call_new(&sell, shop, "seat 1").await, Outcome::Done));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_missing_table_column_or_right_stops_the_work_and_blames_nobody() -> Result<()> {
    const SPOILED: [(&str, &str, &str); 4] = [
        ("RENAME TABLE effects TO gone", "RENAME TABLE gone TO effects", "1146"),
        (
            "ALTER TABLE effects CHANGE seat place VARCHAR(20)",
            "ALTER TABLE effects CHANGE place seat VARCHAR(20)",
            "1054",
        ),
        ("ALTER TABLE effects ADD tenant INT NOT NULL", "ALTER TABLE effects DROP tenant", "1364"),
        ("RENAME TABLE inbox TO gone", "RENAME TABLE gone TO inbox", "1146"),
    ];
    in_shop(async |shop, _| {
        for (spoil, mend, code) in SPOILED {
            shop.others_do(spoil).await?;
            ensure_unavailable(&call_new(&sell, shop, code).await, true, code)?;
            shop.others_do(mend).await?;
        }
        assert_eq!(shop.counts().await?, (0, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_is_refused_is_for_the_job_to_judge() -> Result<()> {
    async fn judges(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
        take(&mut tx, &seat).await.map_err(|error| Fail::reject("no-such-seat", error))?;
        tx.commit().await
    }
    in_shop(async |shop, _| {
        let long = "a seat whose name is too long".to_owned();
        let Outcome::Failed(fail) = call_new(&judges, shop, &long).await else { panic!("it is refused") };
        assert_eq!((fail.reason(), fail.kind()), ("no-such-seat", FailKind::Reject));
        let Outcome::Failed(fail) = call_new(&sell, shop, &long).await else { panic!("it is refused") };
        assert_eq!((fail.reason(), fail.kind()), ("error", FailKind::Retry { after: None }));
        let Outcome::Failed(fail) = call_new(&sell, shop, &"x".repeat(32 << 20)).await else {
            panic!("too large")
        };
        assert_eq!((fail.reason(), fail.kind()), ("error", FailKind::Retry { after: None }));
        assert_eq!(shop.counts().await?, (0, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_has_taken_effect_and_the_next_try_finds_out() -> Result<()> {
    in_shop(async |shop, env| {
        let upstream = mysql_async::Opts::from_url(&env.database_url)?;
        let address = format!("{}:{}", upstream.ip_or_hostname(), upstream.tcp_port());
        let upstream = tokio::net::lookup_host(address).await?.next().context("no address")?;
        let route = TcpProxy::start(upstream)?;
        let (_, place) = env.database_url.rsplit_once('@').context("no host")?;
        let (host, _) = place.split_once('/').context("no database")?;
        let url = env.database_url.replace(host, &route.address().to_string());
        let shop = Shop { mysql: MySql::open(&url.parse()?, 4).await?, ..shop.clone() };
        let message = message("seat 1", DedupId::generate());
        route.handle().cut_answer_after(b"COMMIT");
        ensure_unavailable(&call(&sell, &shop, &message).await, false, "")?;
        assert_eq!(shop.counts().await?, (1, 1));
        assert!(matches!(call(&sell, &shop, &message).await, Outcome::Duplicate));
        assert_eq!(shop.counts().await?, (1, 1));
        Ok(())
    })
    .await
}

/// A server of its own with a shop's tables, and a shop of somebody who may only do what is needed.
async fn spare() -> Result<Option<(Spare, Shop)>> {
    let Some(spare) = migrated().await? else { return Ok(None) };
    spare.connect().await?.query_drop(EFFECTS).await?;
    let mut narrow = shop(&url(NARROW, spare.address)).await?;
    narrow.url = url(ADMIN, spare.address).into();
    Ok(Some((spare, narrow)))
}

#[tokio::test]
async fn a_server_that_becomes_read_only_is_left_until_it_takes_writes() -> Result<()> {
    let Some((_spare, shop)) = spare().await? else { return Ok(()) };
    assert!(matches!(call_new(&sell, &shop, "seat 1").await, Outcome::Done));
    let message = message("seat 2", DedupId::generate());
    shop.others_do("SET GLOBAL read_only = 1").await?;
    ensure_unavailable(&call(&sell, &shop, &message).await, false, "read-only")?;
    let handler = JobHandler::new(sell, shop.clone());
    assert!(handler.look().await.is_err_and(|error| error.error.contains("read-only")));
    shop.others_do("SET GLOBAL read_only = 0").await?;
    assert_eq!(handler.look().await, Ok(()));
    let connections = handler.backend().context("it has a database")?.connections;
    assert_eq!((connections.limit, connections.in_use), (4, 0));
    assert!(matches!(call(&sell, &shop, &message).await, Outcome::Done));
    assert_eq!(shop.counts().await?, (2, 2));
    Ok(())
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_no_messages_fault() -> Result<()> {
    let Some((spare, shop)) = spare().await? else { return Ok(()) };
    shop.others_do("REVOKE INSERT ON spare.* FROM 'narrow'@'%'").await?;
    shop.others_do("GRANT INSERT ON spare.inbox TO 'narrow'@'%'").await?;
    // A connection that is there already keeps the right.
    let url = url(NARROW, spare.address);
    let shop = Shop { mysql: MySql::open(&url.parse()?, 4).await?, ..shop };
    ensure_unavailable(&call_new(&sell, &shop, "seat 1").await, true, "1142")?;
    shop.others_do("GRANT INSERT ON spare.* TO 'narrow'@'%'").await?;
    assert!(matches!(call_new(&sell, &shop, "seat 1").await, Outcome::Done));
    assert_eq!(shop.counts().await?, (1, 1));
    Ok(())
}

/// A server, until somebody takes it away.
#[derive(Clone)]
struct Doomed {
    mysql: MySql,
    server: Arc<Mutex<Option<Spare>>>,
}

impl AsRef<MySql> for Doomed {
    fn as_ref(&self) -> &MySql {
        &self.mysql
    }
}

/// The server is killed between two statements.
async fn survives(Body(seat): Body, State(doomed): State<Doomed>, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    drop(doomed.server.lock().expect("nobody panics with it").take());
    // It may answer once more.
    while take(&mut tx, "another").await.is_ok() {}
    take(&mut tx, "a third").await?;
    tx.commit().await
}

#[tokio::test]
async fn a_server_that_is_killed_is_no_messages_fault() -> Result<()> {
    let Some((spare, shop)) = spare().await? else { return Ok(()) };
    let doomed = Doomed { mysql: shop.mysql, server: Arc::new(Mutex::new(Some(spare))) };
    let call = call_new(&survives, &doomed, "seat 1");
    ensure_unavailable(&tokio::time::timeout(Duration::from_mins(1), call).await?, false, "")?;
    ensure_unavailable(&call_new(&sell, &doomed, "seat 1").await, false, "")?;
    Ok(())
}
