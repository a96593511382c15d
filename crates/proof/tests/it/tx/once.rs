//! A message takes effect once in each job, and only where it commits.

use std::time::Duration;

use anyhow::{Result, ensure};
use engine::job::{Body, Committed, Context, Fail, FailKind, Job, Outcome};
use mysql::tx::Begun;
use mysql::{MySql, Tx};
use shared::message::DedupId;
use tokio::time::timeout;

use super::{Shop, call, call_new, ensure_unavailable, in_shop, message, sell, take};
use crate::support::waits;

#[tokio::test]
async fn a_message_takes_effect_once_and_then_is_a_duplicate() -> Result<()> {
    in_shop(async |shop, _| {
        let message = message("seat 1", DedupId::generate());
        assert!(matches!(call(&sell, shop, &message).await, Outcome::Done));
        assert!(matches!(call(&sell, shop, &message).await, Outcome::Duplicate));
        assert!(matches!(call_new(&sell, shop, "seat 2").await, Outcome::Done));
        assert_eq!(shop.counts().await?, (2, 2));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_takes_effect_once_in_each_job() -> Result<()> {
    async fn note(Body(text): Body, mut tx: Tx) -> Result<Committed, Fail> {
        take(&mut tx, &format!("note of {text}")).await?;
        tx.commit().await
    }
    in_shop(async |shop, _| {
        let message = message("seat 1", DedupId::generate());
        assert!(matches!(call(&sell, shop, &message).await, Outcome::Done));
        let mut context = Context::of(&message).named("note");
        let outcome = Job::call(&note, &mut context, shop).await;
        assert!(matches!(context.conclude(outcome).await, Outcome::Done));
        assert_eq!(shop.counts().await?, (2, 2));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_twins_at_once_the_second_waits_for_what_the_first_comes_to() -> Result<()> {
    in_shop(async |shop, env| {
        for (commits, seat) in [(true, "seat 1"), (false, "seat 2")] {
            let message = message(seat, DedupId::generate());
            let Begun::Tx(mut tx) = Tx::begin(&shop.mysql, "reserve", &message.id).await? else {
                anyhow::bail!("it is new");
            };
            take(&mut tx, seat).await?;
            let first = async {
                waits(env, "INSERT INTO inbox").await?;
                if commits {
                    let _ = tx.commit().await.map_err(|fail| anyhow::anyhow!("{fail}"))?;
                } else {
                    drop(tx);
                }
                anyhow::Ok(())
            };
            let (first, second) = tokio::join!(first, call(&sell, shop, &message));
            first?;
            ensure!(matches!(second, Outcome::Duplicate) == commits, "{second:?}");
            ensure!(matches!(second, Outcome::Done) != commits, "{second:?}");
        }
        assert_eq!(shop.counts().await?, (2, 2));
        Ok(())
    })
    .await
}

/// Fails in its own words, after an effect.
async fn fails(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    Err(Fail::retry("sold-out", "later"))
}

async fn forgets(Body(seat): Body, mut tx: Tx) -> Result<(), Fail> {
    take(&mut tx, &seat).await?;
    Ok(())
}

async fn panics(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    panic!("a bug");
}

#[tokio::test]
async fn without_a_commit_there_is_neither_effect_nor_mark() -> Result<()> {
    in_shop(async |shop, env| {
        // One connection: it must come back, or be replaced.
        let mysql = MySql::open(&env.database_url.parse()?, 1).await?;
        let shop = Shop { mysql, ..shop.clone() };
        let message = message("seat 1", DedupId::generate());
        for _ in 0..3 {
            let Outcome::Failed(fail) = call(&fails, &shop, &message).await else { panic!("it fails") };
            assert_eq!((fail.reason(), fail.kind()), ("sold-out", FailKind::Retry { after: None }));
        }
        ensure_unavailable(&call(&forgets, &shop, &message).await, true, "without the commit")?;
        let (crashing, again) = (shop.clone(), message.clone());
        assert!(tokio::spawn(async move { call(&panics, &crashing, &again).await }).await.is_err());
        assert_eq!(shop.counts().await?, (0, 0));
        let done = timeout(Duration::from_secs(10), call(&sell, &shop, &message)).await?;
        assert!(matches!(done, Outcome::Done), "{done:?}");
        assert_eq!(shop.counts().await?, (1, 1));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_without_a_name_is_not_called() -> Result<()> {
    in_shop(async |shop, _| {
        let message = message("seat 1", DedupId::generate());
        for name in ["", "é", &"x".repeat(65)] {
            let mut context = Context::of(&message).named(name);
            let outcome = Job::call(&sell, &mut context, shop).await;
            ensure_unavailable(&context.conclude(outcome).await, true, "needs a name")?;
        }
        assert_eq!(shop.counts().await?, (0, 0));
        Ok(())
    })
    .await
}
