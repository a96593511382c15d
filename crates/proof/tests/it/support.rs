//! What the tests share: a migrated test environment, a consumer on it, and patience with an end.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::Row;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep, timeout};

/// No test takes longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(100);

/// Runs `test` on a migrated env, and takes the env away afterwards.
pub(crate) async fn in_test_env(test: impl AsyncFnOnce(&TestEnv) -> Result<()>) -> Result<()> {
    on_a_bed_that_gives_up_after(10, test).await
}

/// As [`in_test_env`], with another `maxReceiveCount`.
pub(crate) async fn on_a_bed_that_gives_up_after(
    receives: u32,
    test: impl AsyncFnOnce(&TestEnv) -> Result<()>,
) -> Result<()> {
    let tested = async {
        let env = TestEnv::new(receives).await?;
        Process::migrate(&env).await?;
        test(&env).await?;
        env.remove().await
    };
    timeout(LONGEST, tested).await?
}

/// How a command of the consumer's ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) log: String,
}

/// Runs a command of the consumer's to its end.
pub(crate) async fn command(env: &TestEnv, arguments: &[&str]) -> Result<Ended> {
    command_with(env, arguments, &[]).await
}

/// As [`command`], with variables of its own.
pub(crate) async fn command_with(
    env: &TestEnv,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Ended> {
    let mut process = Process::start_with(env, "consumer", arguments, variables)?;
    let code = process.ended(LONGEST).await?.code();
    Ok(Ended { code, output: process.output()?, log: process.log()? })
}

/// A consumer whose polls are short, so that it stops soon.
pub(crate) fn consumer(env: &TestEnv) -> Result<Process> {
    Process::start(env, "consumer", &["--wait-time", "1s"])
}

/// Sends `count` greetings at full rate, all of them confirmed.
pub(crate) async fn greet(env: &TestEnv, count: usize) -> Result<()> {
    let count = count.to_string();
    let mut sender = Process::start(env, "sender", &["--rate", "max", "--count", &count])?;
    let ended = sender.ended(LONGEST).await?;
    ensure!(ended.success(), "the sender failed: {}", sender.tail());
    Ok(())
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !condition().await? {
        ensure!(began.elapsed() < LONGEST / 2, "waited in vain: {what}");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Waits until the queue is empty, and stops the consumer, which must have nothing left.
pub(crate) async fn drained(env: &TestEnv, consumer: &mut Process) -> Result<()> {
    eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
    ensure!(consumer.stop().await? == Some(0), "the consumer did not drain: {}", consumer.tail());
    Ok(())
}

/// What is under way in the database of the test environment, by others.
///
/// `information_schema.processlist` would say the same, but on MySQL fails while any statement on
/// the server has bytes in it that are no text.
pub(crate) async fn under_way(env: &TestEnv) -> Result<Vec<String>> {
    let mut database = env.connect().await?;
    let processes: Vec<Row> = database.query("SHOW PROCESSLIST").await?;
    // As bytes: a statement's are no text, either.
    let told = |process: &Row, name: &str| process.get_opt::<Vec<u8>, _>(name).and_then(Result::ok);
    let (schema, own) = (env.schema()?.as_bytes(), u64::from(database.id()));
    let others = processes.iter().filter(|process| {
        told(process, "db").is_some_and(|db| db == schema)
            && process.get_opt::<u64, _>("Id").and_then(Result::ok) != Some(own)
            && told(process, "Command").is_some_and(|command| command != b"Sleep")
    });
    let statement = |process: &Row| told(process, "Info").unwrap_or_default();
    Ok(others.map(|process| String::from_utf8_lossy(&statement(process)).into_owned()).collect())
}

/// Waits until one statement that begins so waits for others.
pub(crate) async fn waits(env: &TestEnv, statement: &str) -> Result<()> {
    let is_there =
        async || anyhow::Ok(under_way(env).await?.iter().filter(|s| s.starts_with(statement)).count() == 1);
    eventually(statement, async || {
        let first = is_there().await?;
        sleep(Duration::from_millis(300)).await;
        Ok(first && is_there().await?)
    })
    .await
}
