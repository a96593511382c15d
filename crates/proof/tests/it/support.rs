//! What the tests share: a migrated bed, a consumer on it, and patience with an end.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::Row;
use mysql_async::prelude::Queryable;
use proof::bed::Bed;
use proof::process::Process;
use tokio::time::{Instant, sleep, timeout};

/// No test takes longer.
const LONGEST: Duration = Duration::from_secs(100);

/// Runs `test` on a migrated bed, and takes the bed away afterwards.
pub(crate) async fn on_a_bed(test: impl AsyncFnOnce(&Bed) -> Result<()>) -> Result<()> {
    on_a_bed_that_gives_up_after(10, test).await
}

/// As [`on_a_bed`], with another `maxReceiveCount`.
pub(crate) async fn on_a_bed_that_gives_up_after(
    receives: u32,
    test: impl AsyncFnOnce(&Bed) -> Result<()>,
) -> Result<()> {
    let tested = async {
        let bed = Bed::new(receives).await?;
        Process::migrate(&bed).await?;
        test(&bed).await?;
        bed.remove().await
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
pub(crate) async fn command(bed: &Bed, arguments: &[&str]) -> Result<Ended> {
    command_with(bed, arguments, &[]).await
}

/// As [`command`], with variables of its own.
pub(crate) async fn command_with(bed: &Bed, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Ended> {
    let mut process = Process::start_with(bed, "consumer", arguments, variables)?;
    let code = process.ended(LONGEST).await?.code();
    Ok(Ended { code, output: process.output()?, log: process.log()? })
}

/// A consumer whose polls are short, so that it stops soon.
pub(crate) fn consumer(bed: &Bed) -> Result<Process> {
    Process::start(bed, "consumer", &["--wait-time", "1s"])
}

/// Sends `count` greetings at full rate, all of them confirmed.
pub(crate) async fn greet(bed: &Bed, count: usize) -> Result<()> {
    let count = count.to_string();
    let mut sender = Process::start(bed, "sender", &["--rate", "max", "--count", &count])?;
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
pub(crate) async fn drained(bed: &Bed, consumer: &mut Process) -> Result<()> {
    eventually("an empty queue", async || Ok(bed.left().await? == 0)).await?;
    ensure!(consumer.stop().await? == Some(0), "the consumer did not drain: {}", consumer.tail());
    Ok(())
}

/// What is under way in the bed's database, by others.
///
/// `information_schema.processlist` would say the same, but on MySQL fails while any statement on
/// the server has bytes in it that are no text.
pub(crate) async fn under_way(bed: &Bed) -> Result<Vec<String>> {
    let mut database = bed.connect().await?;
    let processes: Vec<Row> = database.query("SHOW PROCESSLIST").await?;
    // As bytes: a statement's are no text, either.
    let told = |process: &Row, name: &str| process.get_opt::<Vec<u8>, _>(name).and_then(Result::ok);
    let (schema, own) = (bed.schema()?.as_bytes(), u64::from(database.id()));
    let others = processes.iter().filter(|process| {
        told(process, "db").is_some_and(|db| db == schema)
            && process.get_opt::<u64, _>("Id").and_then(Result::ok) != Some(own)
            && told(process, "Command").is_some_and(|command| command != b"Sleep")
    });
    let statement = |process: &Row| told(process, "Info").unwrap_or_default();
    Ok(others.map(|process| String::from_utf8_lossy(&statement(process)).into_owned()).collect())
}

/// Waits until one statement that begins so waits for others.
pub(crate) async fn waits(bed: &Bed, statement: &str) -> Result<()> {
    let is_there =
        async || anyhow::Ok(under_way(bed).await?.iter().filter(|s| s.starts_with(statement)).count() == 1);
    eventually(statement, async || {
        let first = is_there().await?;
        sleep(Duration::from_millis(300)).await;
        Ok(first && is_there().await?)
    })
    .await
}
