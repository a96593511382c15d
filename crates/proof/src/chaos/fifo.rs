//! A run on a FIFO queue: groups that fill while everything breaks, and whose order is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::sqs::Operation;
use mysql_async::prelude::Queryable;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::breaker::Breaker;
use super::failover;
use super::letters::Letters;
use super::queue::Queue;
use super::scene::Scene;
use super::tally::Tally;
use crate::elasticmq::ElasticMq;
use crate::fleet::Fleet;
use crate::reconciliation::Reconciliation;
use crate::test_env::TestEnv;

/// Receives are spent by kills; a healthy message must not run out of them.
const MAX_RECEIVE_COUNT: u32 = 200;
/// One message of so many is poison, and one of so many is sent twice.
const POISON: usize = 97;
const TWICE: usize = 41;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct FifoOptions {
    /// Decides what is broken, and when.
    pub seed: u64,
    /// How long to send and to break things.
    pub time: Duration,
    /// Messages in all.
    pub messages: usize,
    /// Groups that they are in.
    pub groups: usize,
    /// Consumers side by side.
    pub consumers: usize,
    /// Whether to run on the stack's LocalStack though ElasticMQ can be had.
    pub on_localstack: bool,
}

/// How it ended.
#[derive(Debug)]
pub struct FifoOutcome {
    /// Of the healthy messages.
    pub reconciliation: Reconciliation,
    /// Stored after one that is behind them in their group.
    pub out_of_order: Vec<String>,
    /// Messages that no row can hold.
    pub poison: usize,
    /// Of those, the ones that lie in the dead-letter queue.
    pub dead_lettered: usize,
    /// What else lies there.
    pub healthy_dead_lettered: Vec<String>,
    /// Messages that the queue handed out, again or for the first time.
    pub receives: u64,
    /// Messages that were on the queue.
    pub messages: usize,
    /// Rounds of faults.
    pub rounds: usize,
    /// Faults.
    pub tally: Tally,
    /// Consumers that gave up by themselves.
    pub failed: usize,
}

impl FifoOutcome {
    /// Whether the promises were kept.
    pub fn is_clean(&self) -> bool {
        let letters = self.dead_lettered == self.poison && self.healthy_dead_lettered.is_empty();
        self.reconciliation.is_clean() && self.out_of_order.is_empty() && letters && self.failed == 0
    }
}

impl fmt::Display for FifoOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reconciliation, out_of_order, poison, dead_lettered, .. } = self;
        writeln!(f, "{reconciliation}, out of order {}", out_of_order.len())?;
        writeln!(
            f,
            "poison {poison}, dead-lettered {dead_lettered}, healthy dead-lettered {}, consumers that gave up {}",
            self.healthy_dead_lettered.len(),
            self.failed
        )?;
        write!(f, "{} messages handed out {} times", self.messages, self.receives)?;
        let bad = out_of_order.iter().chain(&self.healthy_dead_lettered).take(5);
        bad.into_iter().try_for_each(|what| write!(f, "\n  {what}"))
    }
}

/// Runs as `options` say; `tell` is told what goes on.
pub async fn run_fifo(options: FifoOptions, tell: impl Fn(&str)) -> Result<FifoOutcome> {
    let second = if options.on_localstack { None } else { ElasticMq::start()? };
    let env = if let Some(second) = &second {
        TestEnv::fifo_at(second.endpoint(), MAX_RECEIVE_COUNT).await?
    } else {
        tell("on LocalStack: what it hands out behind an invisible head is held back on the way");
        TestEnv::fifo(MAX_RECEIVE_COUNT).await?
    };
    let mut scene = Scene::set(env, options.seed).await?;
    let mut fleet = scene.fleet(options.consumers)?;
    let outcome = Box::pin(break_and_count(&mut scene, &mut fleet, options, &tell)).await?;
    scene.env.remove().await?;
    Ok(outcome)
}

async fn break_and_count(
    scene: &mut Scene,
    fleet: &mut Fleet,
    options: FifoOptions,
    tell: &impl Fn(&str),
) -> Result<FifoOutcome> {
    let parts =
        (scene.database()?, Queue::fifo(scene.sqs.handle()), Letters::of(&scene.env, MAX_RECEIVE_COUNT));
    // The witness against those that follow: without one, some rejects are believed.
    scene.env.send_in("witness", &["witness".to_owned()]).await?;
    failover::more_rows(&scene.env).await?;
    let witnesses = scene.env.count().await?;
    let mut sending = send(&scene.env, options);
    let mut breaker = Breaker::new(&scene.env, fleet, parts, options.seed);
    breaker.feeds = false;
    breaker.break_things(options.time, false, tell).await?;
    while let Some(sent) = sending.join_next().await {
        sent.context("a sender panicked")??;
    }
    tell("all is sent, and everything works again; catching up");
    breaker.catch_up().await?;
    let Breaker { tally, rounds, .. } = breaker;
    fleet.stop().await?;
    let receives = scene.sqs.handle().counts().entries.get(&Operation::ReceiveMessage).copied();
    let outcome = count(&scene.env, options, witnesses).await?;
    Ok(FifoOutcome { receives: receives.unwrap_or_default(), rounds, tally, failed: fleet.failed, ..outcome })
}

fn body(group: usize, number: usize) -> String {
    let word = if is_poison(group, number) { "poison" } else { "healthy" };
    format!("{word} {group} {number}")
}

fn is_poison(group: usize, number: usize) -> bool {
    (group * 31 + number).is_multiple_of(POISON)
}

fn is_sent_twice(group: usize, number: usize) -> bool {
    (group * 17 + number).is_multiple_of(TWICE)
}

/// Fills each group one message after another, over most of the time. What is sent twice has one name and
/// is two messages to SQS.
fn send(env: &TestEnv, options: FifoOptions) -> JoinSet<Result<()>> {
    let FifoOptions { time, messages, groups, .. } = options;
    let each = messages / groups;
    let pause = time * 4 / 5 / u32::try_from(each).unwrap_or(u32::MAX).max(1);
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for group in 0..groups {
        let sender = env.group_sender(group.to_string());
        sending.spawn(async move {
            for (number, nth) in (0..each).zip(1..) {
                sleep_until(began + pause * nth).await;
                let name = format!("{group}-{number}");
                for _ in 0..=usize::from(is_sent_twice(group, number)) {
                    while sender.send(&body(group, number), &name).await.is_err() {
                        sleep(Duration::from_millis(200)).await;
                    }
                }
            }
            Ok(())
        });
    }
    sending
}

async fn count(env: &TestEnv, options: FifoOptions, witnesses: usize) -> Result<FifoOutcome> {
    let each = options.messages / options.groups;
    let all = || (0..options.groups).flat_map(|group| (0..each).map(move |number| (group, number)));
    let healthy: Vec<_> = all()
        .filter(|(group, number)| !is_poison(*group, *number))
        .map(|(group, number)| body(group, number))
        .collect();
    let poison: BTreeSet<_> = all().filter(|(group, number)| is_poison(*group, *number)).collect();
    let rows: Vec<(String, String)> = rows(env).await?;
    let stored: Vec<_> =
        rows.iter().map(|(_, message)| message.clone()).filter(|text| text.starts_with("healthy")).collect();
    let reconciliation = Reconciliation::take(&healthy, &stored, env.left().await?);
    let (mut dead, mut wrong) = (BTreeSet::new(), Vec::new());
    for letter in env.take_letters().await? {
        match parsed(&letter) {
            Some(place) if poison.contains(&place) => drop(dead.insert(place)),
            _ => wrong.push(letter),
        }
    }
    let twice = all().filter(|(group, number)| is_sent_twice(*group, *number)).count();
    Ok(FifoOutcome {
        reconciliation,
        out_of_order: out_of_order(&rows),
        poison: poison.len(),
        dead_lettered: dead.len(),
        healthy_dead_lettered: wrong,
        receives: 0,
        messages: all().count() + twice + witnesses,
        rounds: 0,
        tally: Tally::default(),
        failed: 0,
    })
}

/// When each was stored, and what it is. What one statement stored has one time.
async fn rows(env: &TestEnv) -> Result<Vec<(String, String)>> {
    let query = "SELECT CAST(created_at AS CHAR), CAST(message AS CHAR) FROM messages ORDER BY created_at";
    Ok(env.connect().await?.query(query).await?)
}

/// Those that were stored later than one that was sent behind them in their group.
fn out_of_order(rows: &[(String, String)]) -> Vec<String> {
    let mut groups = BTreeMap::<usize, Vec<(usize, &str)>>::new();
    for (at, message) in rows {
        if let Some((group, number)) = parsed(message) {
            groups.entry(group).or_default().push((number, at));
        }
    }
    let mut wrong = Vec::new();
    for (group, mut stored) in groups {
        stored.sort_unstable();
        let pairs = stored.windows(2).filter(|pair| pair[0].1 > pair[1].1);
        wrong.extend(pairs.map(|pair| format!("group {group}: {:?} before {:?}", pair[1], pair[0])));
    }
    wrong
}

/// Group and number of a message of ours.
fn parsed(message: &str) -> Option<(usize, usize)> {
    let mut words = message.split(' ');
    words.next().filter(|word| ["healthy", "poison"].contains(word))?;
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_one_in_front_of_it_is_found_and_one_statement_has_no_order() {
        let rows = |rows: &[(&str, &str)]| {
            rows.iter().map(|(at, message)| ((*at).to_owned(), (*message).to_owned())).collect::<Vec<_>>()
        };
        let right =
            rows(&[("1", "healthy 0 0"), ("2", "healthy 1 9"), ("2", "healthy 0 2"), ("2", "healthy 0 1")]);
        assert!(out_of_order(&right).is_empty());
        assert_eq!(out_of_order(&rows(&[("1", "healthy 0 1"), ("2", "healthy 0 0")])).len(), 1);
    }
}
