//! Others are in the way: the job is called again, and no message pays for it.

use std::sync::Arc;

use anyhow::{Result, ensure};
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use engine::job::{Body, Committed, Fail, Outcome, State};
use mysql::tx::Begun;
use mysql::{MySql, Tx};
use shared::message::DedupId;
use tokio::sync::Barrier;

use super::{Shop, call, call_new, in_shop, message, sell, take};

/// A shop where both of two jobs have their first row before either asks for its second one.
#[derive(Clone)]
struct Crossing {
    mysql: MySql,
    meet: Arc<Barrier>,
}

impl AsRef<MySql> for Crossing {
    fn as_ref(&self) -> &MySql {
        &self.mysql
    }
}

async fn lock(tx: &mut Tx, seat: &str) -> Result<(), diesel::result::Error> {
    let update = diesel::sql_query("UPDATE effects SET sold = sold + 1 WHERE seat = ?");
    update.bind::<Text, _>(seat).execute(tx).await.map(drop)
}

/// Locks two rows in the order that the body says.
async fn cross(Body(order): Body, State(crossing): State<Crossing>, mut tx: Tx) -> Result<Committed, Fail> {
    let (first, second) = order.split_once(' ').ok_or_else(|| Fail::reject("malformed", "no order"))?;
    lock(&mut tx, first).await?;
    // Whoever comes again finds nobody waiting.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), crossing.meet.wait()).await;
    lock(&mut tx, second).await?;
    tx.commit().await
}

#[tokio::test]
async fn of_two_in_a_deadlock_one_is_called_again_and_both_are_done() -> Result<()> {
    in_shop(async |shop, _| {
        shop.others_do("INSERT INTO effects (seat) VALUES ('a'), ('b')").await?;
        let crossing = Crossing { mysql: shop.mysql.clone(), meet: Arc::new(Barrier::new(2)) };
        let (one, other) = (message("a b", DedupId::generate()), message("b a", DedupId::generate()));
        let outcomes = tokio::join!(call(&cross, &crossing, &one), call(&cross, &crossing, &other));
        let contended = |outcome: &Outcome| matches!(outcome, Outcome::Contended(_));
        ensure!(contended(&outcomes.0) != contended(&outcomes.1), "{outcomes:?}");
        let (left, done) = if contended(&outcomes.0) { (one, outcomes.1) } else { (other, outcomes.0) };
        assert!(matches!(done, Outcome::Done), "{done:?}");
        assert_eq!(shop.count("inbox").await?, 1);
        let again = call(&cross, &crossing, &left).await;
        assert!(matches!(again, Outcome::Done), "{again:?}");
        assert_eq!(shop.count("inbox").await?, 2);
        assert_eq!(shop.count("effects WHERE sold = 2").await?, 2);
        Ok(())
    })
    .await
}

/// Takes no notice of errors, and goes on.
async fn careless(
    Body(order): Body,
    State(crossing): State<Crossing>,
    mut tx: Tx,
) -> Result<Committed, Fail> {
    let (first, second) = order.split_once(' ').ok_or_else(|| Fail::reject("malformed", "no order"))?;
    let _ = lock(&mut tx, first).await;
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), crossing.meet.wait()).await;
    let _ = lock(&mut tx, second).await;
    let _ = take(&mut tx, &order).await;
    tx.commit().await
}

#[tokio::test]
async fn after_a_deadlock_nothing_of_a_job_that_goes_on_takes_effect() -> Result<()> {
    in_shop(async |shop, _| {
        shop.others_do("INSERT INTO effects (seat) VALUES ('a'), ('b')").await?;
        let crossing = Crossing { mysql: shop.mysql.clone(), meet: Arc::new(Barrier::new(2)) };
        let (one, other) = (message("a b", DedupId::generate()), message("b a", DedupId::generate()));
        let outcomes = tokio::join!(call(&careless, &crossing, &one), call(&careless, &crossing, &other));
        let contended = |outcome: &Outcome| matches!(outcome, Outcome::Contended(_));
        ensure!(contended(&outcomes.0) != contended(&outcomes.1), "{outcomes:?}");
        assert_eq!(shop.counts().await?, (3, 1));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn behind_a_slow_twin_a_message_is_contended_and_then_done() -> Result<()> {
    in_shop(async |shop, _| {
        let message = message("seat 1", DedupId::generate());
        let begun = Tx::begin(&shop.mysql, "reserve", &message.id).await?;
        let Begun::Tx(slow) = begun else { anyhow::bail!("it is new") };
        // Error 1205 comes after 5 s.
        let outcome = call(&sell, shop, &message).await;
        assert!(matches!(&outcome, Outcome::Contended(why) if why.contains("1205")), "{outcome:?}");
        drop(slow);
        assert!(matches!(call(&sell, shop, &message).await, Outcome::Done));
        assert_eq!(shop.counts().await?, (1, 1));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_that_finds_all_connections_in_use_is_called_again() -> Result<()> {
    in_shop(async |shop, env| {
        let mysql = MySql::open(&env.database_url.parse()?, 1).await?;
        let begun = Tx::begin(&mysql, "reserve", &DedupId::generate()).await?;
        let shop = Shop { mysql, ..shop.clone() };
        let outcome = call_new(&sell, &shop, "seat 1").await;
        assert!(matches!(&outcome, Outcome::Contended(why) if why.contains("in use")), "{outcome:?}");
        drop(begun);
        assert!(matches!(call_new(&sell, &shop, "seat 1").await, Outcome::Done));
        Ok(())
    })
    .await
}
