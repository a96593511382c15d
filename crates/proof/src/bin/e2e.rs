//! Sends messages at full rate, drains them with two consumers, restarts one of them on the way,
//! and compares what was sent with what is stored.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use proof::process::Process;
use proof::reconciliation::Reconciliation;
use proof::test_env::TestEnv;
use runtime::{exit, signal};
use tokio::time::{Instant, sleep};

/// Sends, drains, compares; exit code 0 only if lost = doubled = unexpected = left = 0
#[derive(Debug, Parser)]
struct Args {
    /// Messages to send
    #[arg(long, default_value_t = 5_000)]
    count: usize,
}

/// From the start to the last row; what takes longer is stuck.
const LONGEST: Duration = Duration::from_mins(5);

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let Args { count } = Args::parse();
    // What it started ends when it is dropped.
    let ended = signal::stop_token()?.run_until_cancelled(Box::pin(run(count))).await;
    ended.unwrap_or_else(|| Ok(ExitCode::from(exit::ABANDONED)))
}

async fn run(count: usize) -> Result<ExitCode> {
    let began = Instant::now();
    let env = TestEnv::new(10).await?;
    say(&format!("{count} messages, two consumers, one of them restarted on the way"));
    Process::migrate(&env).await?;

    let number = count.to_string();
    let mut sender = Process::start(&env, "sender", &["--rate", "max", "--count", &number])?;
    let consumer = || Process::start(&env, "consumer", &["--wait-time", "2s"]);
    let (mut first, mut second) = (consumer()?, consumer()?);

    stored(&env, count / 3, began).await?;
    let at = env.count().await?;
    ensure!(first.stop().await? == Some(0), "the first consumer did not drain: {}", first.tail());
    say(&format!("the first consumer was stopped at {at} rows and drained; starting another"));
    let mut third = consumer()?;

    ensure!(sender.ended(LONGEST).await?.success(), "the sender failed: {}", sender.tail());
    stored(&env, count, began).await?;
    let seconds = began.elapsed().as_secs_f64();
    for consumer in [&mut second, &mut third] {
        ensure!(consumer.stop().await? == Some(0), "a consumer did not drain: {}", consumer.tail());
    }
    let reconciliation = Reconciliation::take(&confirmed(&sender)?, &bodies(&env).await?, env.left().await?);
    say(&format!("{reconciliation} ({seconds:.1} s)"));
    env.remove().await?;
    Ok(if reconciliation.is_clean() && reconciliation.sent == count {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Waits until so many rows are there. Too few in the end is for the reconciliation to say.
async fn stored(env: &TestEnv, rows: usize, began: Instant) -> Result<()> {
    while env.count().await? < rows && began.elapsed() < LONGEST {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The bodies of the sends that the sender says were confirmed.
fn confirmed(sender: &Process) -> Result<Vec<String>> {
    Ok(sender.confirmed()?.iter().map(|number| format!("hello world {number}")).collect())
}

async fn bodies(env: &TestEnv) -> Result<Vec<String>> {
    Ok(env.rows().await?.into_iter().map(|row| row.message).collect())
}

#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
fn say(line: &str) {
    println!("e2e: {line}");
}
