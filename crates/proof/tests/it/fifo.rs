//! FIFO queues: what a group has takes effect in its order, and nothing of it is lost on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use proof::elasticmq::ElasticMq;
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::timeout;

use crate::dlq::{accept_all, refuse_bad_ones};
use crate::support::{LONGEST, command, consumer, drained, eventually};

/// Runs `test` on FIFO queues and a migrated database: of LocalStack, and of ElasticMQ where it can be had.
pub(crate) async fn on_fifo(receives: u32, test: impl AsyncFn(&TestEnv) -> Result<()>) -> Result<()> {
    timeout(LONGEST, tested(TestEnv::fifo(receives).await?, &test)).await??;
    let Some(second) = tokio::task::spawn_blocking(ElasticMq::shared).await?? else { return Ok(()) };
    let env = TestEnv::fifo_at(second.endpoint(), receives).await?;
    timeout(LONGEST, tested(env, &test)).await?.context("on ElasticMQ")
}

async fn tested(env: TestEnv, test: impl AsyncFn(&TestEnv) -> Result<()>) -> Result<()> {
    Process::migrate(&env).await?;
    test(&env).await?;
    env.remove().await
}

fn bodies(group: usize, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("group {group} {number}")).collect()
}

/// Of each group, the numbers of what is stored, in the order in which it was.
async fn stored(env: &TestEnv) -> Result<BTreeMap<String, Vec<usize>>> {
    let query = "SELECT CAST(message AS CHAR), CAST(created_at AS CHAR) FROM messages";
    let rows: Vec<(String, String)> = env.connect().await?.query(query).await?;
    let mut groups = BTreeMap::<String, Vec<(String, usize)>>::new();
    for (message, at) in rows {
        let (group, number) = message.rsplit_once(' ').context("no number")?;
        groups.entry(group.to_owned()).or_default().push((at, number.parse()?));
    }
    // What one statement stored has one time, and is visible together.
    for rows in groups.values_mut() {
        rows.sort();
    }
    let numbers = |rows: Vec<(String, usize)>| rows.into_iter().map(|(_, number)| number).collect();
    Ok(groups.into_iter().map(|(group, rows)| (group, numbers(rows))).collect())
}

fn consumer_of_small_batches(env: &TestEnv) -> Result<Process> {
    let options = ["--wait-time", "1s", "--visibility-timeout", "4s", "--batch-rows", "7"];
    Process::start(env, "consumer", &options)
}

#[tokio::test]
async fn groups_keep_their_order_while_consumers_are_killed() -> Result<()> {
    on_fifo(10, async |env| {
        const GROUPS: usize = 12;
        const EACH: usize = 60;
        for group in 0..GROUPS {
            env.send_in(&group.to_string(), &bodies(group, EACH)).await?;
        }
        let mut stays = consumer_of_small_batches(env)?;
        for tenth in 1..4 {
            let mut killed = consumer_of_small_batches(env)?;
            let rows = tenth * GROUPS * EACH / 10;
            eventually("some rows", async || Ok(env.count().await? >= rows)).await?;
            killed.signal(Signal::SIGKILL)?;
            killed.ended(LONGEST).await?;
        }
        drained(env, &mut stays).await?;
        let groups = stored(env).await?;
        assert_eq!(groups.len(), GROUPS);
        for (group, numbers) in groups {
            assert!(numbers.iter().copied().eq(0..EACH), "{group}: {numbers:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_bad_head_is_set_aside_in_its_group_and_those_behind_it_follow_in_their_order() -> Result<()> {
    on_fifo(3, async |env| {
        refuse_bad_ones(env).await?;
        env.send_in("other", &["other 0".into()]).await?;
        let mut consumer = consumer(env)?;
        eventually("a first row", async || Ok(env.count().await? == 1)).await?;
        let mut all = bodies(1, 15);
        all[0] = "bad 0".into();
        all[7] = "bad 7".into();
        env.send_in("1", &all).await?;
        drained(env, &mut consumer).await?;
        let expected: Vec<_> = (0..15).filter(|number| ![0, 7].contains(number)).collect();
        assert_eq!(stored(env).await?["group 1"], expected);
        let letters = letters(env, 2).await?;
        let told: Vec<_> = letters.iter().map(|letter| (group(letter), letter.body())).collect();
        assert_eq!(told, [(Some("1"), Some("bad 0")), (Some("1"), Some("bad 7"))], "none untried");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_failures_and_two_redrives_within_five_minutes_lose_nothing() -> Result<()> {
    on_fifo(10, async |env| {
        refuse_bad_ones(env).await?;
        env.send_in("a", &["group 0".into()]).await?;
        env.send_in("a", &["bad 1".into(), "group 2".into()]).await?;
        for failure in 1..=2 {
            let mut consumer = consumer(env)?;
            drained(env, &mut consumer).await?;
            assert_eq!(env.depth(&env.dead_letter_url).await?, 1, "failure {failure}");
            if failure == 2 {
                accept_all(env).await?;
            }
            let redriven = command(env, &["dlq", "redrive", "--all"]).await?;
            assert_eq!(redriven.code, Some(0), "{}", redriven.log);
            assert_eq!(env.left().await?, 1, "redrive {failure}: {}", redriven.log);
        }
        drained(env, &mut consumer(env)?).await?;
        assert_eq!(stored(env).await?["bad"], [1]);
        assert_eq!((env.count().await?, env.depth(&env.dead_letter_url).await?), (3, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redrive_takes_all_letters_of_a_group_in_their_order() -> Result<()> {
    on_fifo(10, async |env| {
        refuse_bad_ones(env).await?;
        env.send_in("a", &["group 0".into()]).await?;
        let bad: Vec<_> = (0..25).map(|number| format!("bad {number}")).collect();
        env.send_in("a", &bad).await?;
        drained(env, &mut consumer(env)?).await?;
        assert_eq!(env.depth(&env.dead_letter_url).await?, 25);
        let listed = command(env, &["dlq", "ls"]).await?;
        assert!(listed.output.contains("data-error"), "{}", listed.output);
        accept_all(env).await?;
        let redriven = command(env, &["dlq", "redrive", "--all"]).await?;
        assert_eq!((redriven.code, env.depth(&env.dead_letter_url).await?), (Some(0), 0), "{}", redriven.log);
        drained(env, &mut consumer(env)?).await?;
        assert!(stored(env).await?["bad"].iter().copied().eq(0..25));
        Ok(())
    })
    .await
}

/// What is on the dead-letter queue, taken off it.
async fn letters(env: &TestEnv, count: usize) -> Result<Vec<Message>> {
    let mut letters = Vec::new();
    eventually("the letters", async || Ok(env.depth(&env.dead_letter_url).await? == count)).await?;
    while letters.len() < count {
        let ask = env.sqs.receive_message().queue_url(&env.dead_letter_url).max_number_of_messages(10);
        let ask = ask.message_system_attribute_names(System::All).visibility_timeout(600);
        letters.extend(ask.send().await?.messages.unwrap_or_default());
    }
    Ok(letters)
}

fn group(message: &Message) -> Option<&str> {
    message.attributes.as_ref()?.get(&System::MessageGroupId).map(String::as_str)
}

#[tokio::test]
async fn a_sender_fills_a_group_in_order_and_a_fifo_queue_needs_one() -> Result<()> {
    on_fifo(10, async |env| {
        let mut without = Process::start(env, "sender", &["--count", "1"])?;
        assert_eq!(without.ended(Duration::from_secs(10)).await?.code(), Some(2));
        assert!(without.log()?.contains("--group (GROUP)"), "{}", without.tail());
        let mut sender = Process::start(env, "sender", &["--rate", "max", "--count", "95", "--group", "g"])?;
        assert!(sender.ended(LONGEST).await?.success(), "{}", sender.tail());
        drained(env, &mut consumer(env)?).await?;
        let numbers = stored(env).await?.remove("hello world").context("no rows")?;
        assert!(numbers.into_iter().eq(1..=95));
        Ok(())
    })
    .await
}
