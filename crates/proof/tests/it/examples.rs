//! The library's examples, run as somebody who reads them would.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;

use crate::support::{eventually, in_test_env};

#[tokio::test]
async fn the_first_worker_greets_and_ends_well() -> Result<()> {
    in_test_env(async |env| {
        let queue = queue(env, "greetings").await?;
        let mut worker = Process::start(env, "examples/first_worker", &[])?;
        send(env, &queue, r#"{"name":"Ada"}"#, "ada").await?;
        eventually("a greeting", async || Ok(worker.output()?.contains("hello Ada"))).await?;
        ended(env, &mut worker, &[queue]).await
    })
    .await
}

#[tokio::test]
async fn two_queues_are_worked_on_by_one_process() -> Result<()> {
    in_test_env(async |env| {
        let (orders, lines) = (queue(env, "orders").await?, queue(env, "audit-lines").await?);
        let mut worker = Process::start(env, "examples/two_queues", &[])?;
        send(env, &orders, r#"{"id":7}"#, "order-7").await?;
        send(env, &lines, "somebody logged in", "line-1").await?;
        eventually("an order", async || Ok(worker.output()?.contains("order 7 is shipped"))).await?;
        eventually("a line", async || Ok(worker.output()?.contains("somebody logged in"))).await?;
        ended(env, &mut worker, &[orders, lines]).await
    })
    .await
}

#[tokio::test]
async fn a_seat_is_sold_once_however_often_its_message_comes() -> Result<()> {
    in_test_env(async |env| {
        let queue = queue(env, "reservations").await?;
        let mut database = env.connect().await?;
        database
            .query_drop("CREATE TABLE seats (seat BIGINT UNSIGNED PRIMARY KEY, user BIGINT UNSIGNED)")
            .await?;
        database.query_drop("INSERT INTO seats (seat) VALUES (1), (2)").await?;
        let mut worker = Process::start(env, "examples/transaction", &[])?;
        for _ in 0..2 {
            send(env, &queue, r#"{"seat":1,"user":10}"#, "first").await?;
        }
        send(env, &queue, r#"{"seat":2,"user":11}"#, "second").await?;
        let sold = "SELECT COUNT(*) FROM seats WHERE user IS NOT NULL";
        eventually("both seats", async || Ok(env.connect().await?.query_first(sold).await? == Some(2)))
            .await?;
        ended(env, &mut worker, &[queue]).await?;
        let marks: Vec<(String, u64)> =
            database.query("SELECT job, COUNT(*) FROM inbox GROUP BY job").await?;
        ensure!(marks == [("reservations".to_owned(), 2)], "{marks:?}");
        Ok(())
    })
    .await
}

/// An empty queue of this name, as an example asks for it.
async fn queue(env: &TestEnv, name: &str) -> Result<String> {
    let made = env.sqs.create_queue().queue_name(name).send().await?;
    let url = made.queue_url.context("the queue has no URL")?;
    env.sqs.purge_queue().queue_url(&url).send().await?;
    Ok(url)
}

async fn send(env: &TestEnv, queue: &str, body: &str, id: &str) -> Result<()> {
    env.send_to(queue, body, Some(id)).await
}

/// It stops when it is asked to, and has left nothing in the queues.
async fn ended(env: &TestEnv, worker: &mut Process, queues: &[String]) -> Result<()> {
    for queue in queues {
        eventually("an empty queue", async || Ok(env.depth(queue).await? == 0)).await?;
    }
    worker.signal(nix::sys::signal::Signal::SIGTERM)?;
    let status = worker.ended(Duration::from_secs(40)).await?;
    ensure!(status.code() == Some(0), "{status}: {}", worker.tail());
    ensure!(worker.log()?.contains("ended:"), "{}", worker.tail());
    Ok(())
}
