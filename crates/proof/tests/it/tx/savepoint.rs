//! What a job can do with its connection: all that diesel can, but end the transaction.

use anyhow::{Context as _, Result, bail, ensure};
use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use engine::job::{Body, Committed, Fail, Outcome};
use mysql::Tx;
use mysql_async::prelude::Queryable;

use super::{call_new, ensure_unavailable, in_shop, sell, take};

diesel::table! {
    effects (seat) {
        seat -> Text,
    }
}

/// A part of it fails, and the rest is committed.
async fn in_part(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    let part = tx.transaction(async |tx| {
        take(tx, "never").await?;
        take(tx, "never").await
    });
    let failed: Result<(), Error> = part.await;
    assert!(matches!(failed, Err(Error::DatabaseError(..))), "{failed:?}");
    assert_eq!(tx.last_error().and_then(|error| error.code), Some(1062));
    diesel::insert_into(effects::table).values(effects::seat.eq(&seat)).execute(&mut *tx).await?;
    let seats: Vec<String> = effects::table.select(effects::seat).load(&mut *tx).await?;
    assert_eq!(seats, [seat]);
    let none: Option<String> =
        effects::table.find("x").select(effects::seat).first(&mut tx).await.optional()?;
    assert_eq!(none, None);
    tx.commit().await
}

#[tokio::test]
async fn a_transaction_of_diesels_is_a_part_of_the_jobs() -> Result<()> {
    in_shop(async |shop, _| {
        assert!(matches!(call_new(&in_part, shop, "seat 1").await, Outcome::Done));
        assert_eq!(shop.counts().await?, (1, 1));
        Ok(())
    })
    .await
}

/// One that knows only diesel's own connection.
async fn plain(connection: &mut AsyncMysqlConnection, seat: &str) -> QueryResult<usize> {
    diesel::insert_into(effects::table).values(effects::seat.eq(seat)).execute(connection).await
}

async fn with_others_code(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    tx.run(|connection| Box::pin(async move { plain(connection, &seat).await })).await?;
    tx.commit().await
}

#[tokio::test]
async fn code_that_knows_only_diesels_connection_takes_part() -> Result<()> {
    in_shop(async |shop, _| {
        assert!(matches!(call_new(&with_others_code, shop, "seat 1").await, Outcome::Done));
        assert_eq!(shop.counts().await?, (1, 1));
        shop.others_do("RENAME TABLE effects TO elsewhere").await?;
        ensure_unavailable(&call_new(&with_others_code, shop, "seat 2").await, true, "1146")?;
        Ok(())
    })
    .await
}

async fn ends_it(Body(statement): Body, mut tx: Tx) -> Result<Committed, Fail> {
    diesel::sql_query(statement).execute(&mut *tx).await?;
    tx.commit().await
}

async fn ends_it_in_a_batch(Body(statements): Body, mut tx: Tx) -> Result<Committed, Fail> {
    tx.batch_execute(&statements).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_job_that_ends_its_transaction_itself_is_told() -> Result<()> {
    in_shop(async |shop, _| {
        shop.others_do("CREATE PROCEDURE ends() COMMIT").await?;
        for statement in ["TRUNCATE TABLE effects", "COMMIT", "/* INSERT */ COMMIT", "CALL ends()"] {
            ensure_unavailable(&call_new(&ends_it, shop, statement).await, true, "before the commit")?;
        }
        let outcome = call_new(&ends_it_in_a_batch, shop, "DO 1; COMMIT").await;
        ensure_unavailable(&outcome, true, "before the commit")?;
        assert!(matches!(call_new(&sell, shop, "seat 1").await, Outcome::Done));
        Ok(())
    })
    .await
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "Value")]
    value: String,
}

/// Says how many statements its connection has prepared.
async fn prepares(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    let update = diesel::update(effects::table).filter(effects::seat.eq("none"));
    update.set(effects::seat.eq("other")).execute(&mut *tx).await?;
    take(&mut tx, &seat).await?;
    let status = diesel::sql_query("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
    let Status { value } = status.get_result(&mut *tx).await?;
    Err(Fail::reject("counted", value))
}

#[tokio::test]
async fn statements_stay_prepared_for_the_next_transaction() -> Result<()> {
    in_shop(async |shop, _| {
        let mut counts = Vec::new();
        for seat in ["1", "2", "3"] {
            let Outcome::Failed(fail) = call_new(&prepares, shop, seat).await else { bail!("it is done") };
            ensure!(fail.reason() == "counted", "{}", fail.error());
            counts.push(fail.error().to_owned());
        }
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        Ok(())
    })
    .await
}

/// Time zone and character set of a mark are the program's, whatever the server's are.
#[tokio::test]
async fn a_mark_says_when_in_utc() -> Result<()> {
    in_shop(async |shop, _| {
        assert!(matches!(call_new(&sell, shop, "seat 1").await, Outcome::Done));
        let mut database = shop.others().await?;
        let marks = "SELECT job, ABS(TIMESTAMPDIFF(SECOND, handled_at, UTC_TIMESTAMP(6))) FROM inbox";
        let (job, age): (String, u64) = database.query_first(marks).await?.context("no mark")?;
        assert!(job == "reserve" && age < 60, "{job} {age}");
        Ok(())
    })
    .await
}
