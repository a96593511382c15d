//! What a transaction published: sent if and only if it committed, in order, whatever becomes of relays.

mod faults;
mod frozen;
mod killed;
mod order;
mod published;
mod waits;
mod worker;

use std::time::Duration;

use anyhow::{Context, Result};
use mysql::{MySql, Tx};
use mysql_async::prelude::Queryable;
use outbound::Outgoing;
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::message::DedupId;
use shared::queue::name_in;

use crate::support::eventually;

/// The database of `env`, for transactions.
async fn database(env: &TestEnv) -> Result<MySql> {
    Ok(MySql::open(&env.database_url.parse()?, 8).await?)
}

/// Publishes texts for the queue of `env` in one transaction, under names of their own.
async fn publish(env: &TestEnv, mysql: &MySql, bodies: impl IntoIterator<Item = String>) -> Result<()> {
    let messages = bodies.into_iter().map(|body| Outgoing::new(DedupId::generate().to_string(), body));
    publish_all(mysql, name_in(&env.queue_url), messages).await
}

async fn publish_all(mysql: &MySql, queue: &str, messages: impl IntoIterator<Item = Outgoing>) -> Result<()> {
    let mut tx = Tx::begin_unmarked(mysql).await?;
    for message in messages {
        tx.publish_raw(queue, message).await.map_err(|fail| anyhow::anyhow!("{}", fail.error()))?;
    }
    tx.commit().await.map(drop).map_err(|fail| anyhow::anyhow!("{fail}"))
}

fn relay(env: &TestEnv) -> Result<Process> {
    relay_with(env, &[])
}

fn relay_with(env: &TestEnv, variables: &[(&str, &str)]) -> Result<Process> {
    Process::start_with(env, "sender", &["relay", "--admin-addr", "off"], variables)
}

/// Rows that wait.
async fn waiting(env: &TestEnv) -> Result<usize> {
    let count: Option<usize> = env.connect().await?.query_first("SELECT COUNT(*) FROM outbox").await?;
    count.context("no count")
}

async fn nothing_waits(env: &TestEnv) -> Result<()> {
    eventually("an empty outbox", async || Ok(waiting(env).await? == 0)).await
}

fn numbered(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("message {number}"))
}

/// For what must not happen: so long it is looked whether it does.
const MEANWHILE: Duration = Duration::from_secs(2);
