//! Transactions of jobs: what a call comes to, and what of it is in the database afterwards.

mod contention;
mod hang;
mod once;
mod outage;
mod savepoint;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use engine::job::{Body, Committed, Context, Fail, FailKind, Job, Outcome};
use mysql::{MySql, Tx};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use shared::message::{DedupId, Message};

use crate::support::in_test_env;

const EFFECTS: &str =
    "CREATE TABLE effects (seat VARCHAR(20) NOT NULL, sold INT NOT NULL DEFAULT 0, PRIMARY KEY (seat))";

/// A database and what a job needs beside it.
#[derive(Clone)]
struct Shop {
    mysql: MySql,
    /// Of the same database, for what others do meanwhile.
    url: Arc<str>,
}

impl AsRef<MySql> for Shop {
    fn as_ref(&self) -> &MySql {
        &self.mysql
    }
}

impl Shop {
    async fn others(&self) -> Result<mysql_async::Conn, mysql_async::Error> {
        mysql_async::Conn::new(mysql_async::Opts::from_url(&self.url)?).await
    }

    async fn others_do(&self, statement: &str) -> Result<(), mysql_async::Error> {
        self.others().await?.query_drop(statement).await
    }

    async fn count(&self, table: &str) -> Result<usize> {
        let count: Option<usize> =
            self.others().await?.query_first(format!("SELECT COUNT(*) FROM {table}")).await?;
        count.context("no count")
    }

    /// How many effects and marks there are.
    async fn counts(&self) -> Result<(usize, usize)> {
        Ok((self.count("effects").await?, self.count("inbox").await?))
    }
}

/// Runs `test` with a migrated database of its own, in which there is a table for effects.
async fn in_shop(test: impl AsyncFnOnce(&Shop, &TestEnv) -> Result<()>) -> Result<()> {
    in_test_env(async |env| {
        env.connect().await?.query_drop(EFFECTS).await?;
        test(&shop(&env.database_url).await?, env).await
    })
    .await
}

async fn shop(url: &str) -> Result<Shop> {
    Ok(Shop { mysql: MySql::open(&url.parse()?, 4).await?, url: url.into() })
}

fn message(body: &str, id: DedupId) -> Message {
    Message {
        id,
        message_id: "m".into(),
        body: body.into(),
        sent_at: None,
        receive_count: 1,
        attributes: Vec::new(),
        group: None,
        trace_header: None,
    }
}

/// Calls a job once, as the engine does.
async fn call<S: Sync, A>(job: &impl Job<S, A>, state: &S, message: &Message) -> Outcome {
    let mut context = Context::of(message).named("reserve");
    let outcome = Job::call(job, &mut context, state).await;
    context.conclude(outcome).await
}

/// Calls a job once with a message of its own.
async fn call_new<S: Sync, A>(job: &impl Job<S, A>, state: &S, body: &str) -> Outcome {
    call(job, state, &message(body, DedupId::generate())).await
}

/// One effect, and `?` after each statement.
async fn sell(Body(seat): Body, mut tx: Tx) -> Result<Committed, Fail> {
    take(&mut tx, &seat).await?;
    tx.commit().await
}

async fn take(tx: &mut Tx, seat: &str) -> Result<(), diesel::result::Error> {
    let insert = diesel::sql_query("INSERT INTO effects (seat) VALUES (?)");
    insert.bind::<Text, _>(seat).execute(tx).await.map(drop)
}

fn is_unavailable(outcome: &Outcome, permanent: bool) -> bool {
    matches!(outcome, Outcome::Failed(fail) if fail.kind() == FailKind::Unavailable { permanent })
}

/// The call came to nothing that is the message's fault, with a text that says this.
fn ensure_unavailable(outcome: &Outcome, permanent: bool, says: &str) -> Result<()> {
    let Outcome::Failed(fail) = outcome else { bail!("{outcome:?}") };
    ensure!(is_unavailable(outcome, permanent), "{outcome:?} {}", fail.error());
    ensure!(fail.error().contains(says), "{}", fail.error());
    Ok(())
}
