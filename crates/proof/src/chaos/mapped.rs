//! A run with a mapping: JSON flows into columns while everything breaks, poison of each kind among it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use shared::message::DedupId;
use tokio::time::{Instant, sleep_until};

use super::breaker::Breaker;
use super::failover;
use super::letters::Letters;
use super::queue::Queue;
use super::run::Options;
use super::scene::Scene;
use super::tally::Tally;
use crate::fleet::Fleet;
use crate::reconciliation::Reconciliation;
use crate::test_env::TestEnv;

/// Receives are spent by kills; a healthy message must not run out of them.
const MAX_RECEIVE_COUNT: u32 = 200;
/// One message of so many is poison, and one of so many is sent twice.
const POISON: usize = 31;
const TWICE: usize = 13;

/// Without a key of its own, so that what is stored twice is seen.
const KEYLESS: &str =
    "ALTER TABLE messages DROP PRIMARY KEY, ADD number BIGINT AUTO_INCREMENT PRIMARY KEY FIRST";
const MAPPING: &str = r#"table = "messages"
existing = "reject"

[columns]
id      = { from = "dedup-id", as = "binary" }
message = { from = "/text", as = "text" }
sent_at = { from = "sent-at", missing = "null" }
"#;

/// How it ended.
#[derive(Debug)]
pub struct MappedOutcome {
    /// Of the healthy messages.
    pub reconciliation: Reconciliation,
    /// Marks in the inbox.
    pub marks: usize,
    /// By reason: messages that no row can hold, and those of them that lie there with this reason.
    pub poison: BTreeMap<&'static str, (usize, usize)>,
    /// What else lies in a dead-letter queue.
    pub others: Vec<String>,
    /// Rounds of faults.
    pub rounds: usize,
    /// Faults.
    pub tally: Tally,
    /// Consumers that gave up by themselves.
    pub failed: usize,
}

impl MappedOutcome {
    /// Whether the promises were kept.
    pub fn is_clean(&self) -> bool {
        let letters = self.poison.values().all(|(sent, lie)| sent == lie) && self.others.is_empty();
        let marks = self.marks == self.reconciliation.stored;
        self.reconciliation.is_clean() && letters && marks && self.failed == 0
    }
}

impl fmt::Display for MappedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, marks in the inbox {}", self.reconciliation, self.marks)?;
        for (reason, (sent, lie)) in &self.poison {
            write!(f, "{reason} {sent}, dead-lettered with that reason {lie}; ")?;
        }
        write!(f, "healthy dead-lettered {}, consumers that gave up {}", self.others.len(), self.failed)?;
        self.others.iter().take(5).try_for_each(|body| write!(f, "\n  {body:.80}"))
    }
}

/// What was sent.
#[derive(Debug, Default)]
struct Sent {
    /// Texts of rows that are to be.
    healthy: Vec<String>,
    /// Bodies, and their reasons.
    poison: BTreeMap<String, &'static str>,
}

/// Runs as `options` say; `tell` is told what goes on.
pub async fn run_mapped(options: Options, tell: impl Fn(&str)) -> Result<MappedOutcome> {
    let mut scene = Scene::set(TestEnv::new(MAX_RECEIVE_COUNT).await?, options.seed).await?;
    let file = std::env::temp_dir().join(format!("{}.toml", scene.env.schema()?));
    std::fs::write(&file, MAPPING)?;
    let outcome = Box::pin(with_mapping(&mut scene, options, &file, &tell)).await;
    std::fs::remove_file(&file)?;
    let outcome = outcome?;
    scene.env.remove().await?;
    Ok(outcome)
}

async fn with_mapping(
    scene: &mut Scene,
    options: Options,
    file: &Path,
    tell: &impl Fn(&str),
) -> Result<MappedOutcome> {
    let mut database = scene.env.connect().await?;
    database.query_drop(KEYLESS).await?;
    let user = scene.user()?.to_owned();
    database.query_drop(format!("GRANT SELECT, INSERT, UPDATE ON inbox TO '{user}'@'%'")).await?;
    drop(database);
    let variables = vec![("MAPPING".to_owned(), file.display().to_string())];
    let mut fleet = scene.fleet_with(options.consumers, variables)?;
    break_and_count(scene, &mut fleet, options, tell).await
}

async fn break_and_count(
    scene: &mut Scene,
    fleet: &mut Fleet,
    options: Options,
    tell: &impl Fn(&str),
) -> Result<MappedOutcome> {
    let parts =
        (scene.database()?, Queue::new(scene.sqs.handle()), Letters::of(&scene.env, MAX_RECEIVE_COUNT));
    // A first row shows that the file is right.
    scene.env.send(&json("a first one"), None).await?;
    failover::more_rows(&scene.env).await?;
    let mut breaker = Breaker::new(&scene.env, fleet, parts, options.seed);
    breaker.feeds = false;
    let sending = send(&scene.env, options);
    let breaking = breaker.break_things(options.time, false, tell);
    let (mut sent, ()) = tokio::try_join!(sending, breaking)?;
    sent.healthy.push("a first one".to_owned());
    tell("all is sent, and everything works again; catching up");
    breaker.catch_up().await?;
    let Breaker { letters, tally, rounds, .. } = breaker;
    fleet.stop().await?;
    let outcome = count(&scene.env, &sent, &letters).await?;
    letters.remove(&scene.env).await?;
    Ok(MappedOutcome { rounds, tally, failed: fleet.failed, ..outcome })
}

fn json(text: &str) -> String {
    format!("{{\"text\": \"{text}\"}}")
}

/// Poison of each kind in turn: two that the mapping refuses, and two that the table does.
fn poison(number: usize) -> (String, &'static str) {
    match number % 4 {
        0 => (format!("no json {number}"), "malformed"),
        1 => (format!("{{\"number\": {number}}}"), "missing-field"),
        2 => (format!("{{\"text\": {{\"number\": {number}}}}}"), "data-error"),
        _ => (json(&format!("poison {number}")), "data-error"),
    }
}

/// Sends at the rate, for as long as things are broken.
async fn send(env: &TestEnv, options: Options) -> Result<Sent> {
    let (began, pause) = (Instant::now(), Duration::from_secs(1) / options.rate.max(1));
    let (mut sent, mut number) = (Sent::default(), 0_usize);
    while began.elapsed() < options.time {
        number += 1;
        sleep_until(began + pause * u32::try_from(number)?).await;
        let id = DedupId::generate().to_string();
        if number.is_multiple_of(POISON) {
            let (body, reason) = poison(number / POISON);
            env.send(&body, Some(&id)).await?;
            sent.poison.insert(body, reason);
            continue;
        }
        let text = format!("hello world {number}");
        for _ in 0..if number.is_multiple_of(TWICE) { 2 } else { 1 } {
            env.send(&json(&text), Some(&id)).await?;
        }
        sent.healthy.push(text);
    }
    Ok(sent)
}

async fn count(env: &TestEnv, sent: &Sent, letters: &Letters) -> Result<MappedOutcome> {
    let rows: Vec<_> = env.rows().await?.into_iter().map(|row| row.message).collect();
    let reconciliation = Reconciliation::take(&sent.healthy, &rows, env.left().await?);
    let marks: Option<usize> = env.connect().await?.query_first("SELECT COUNT(*) FROM inbox").await?;
    let mut poison = BTreeMap::<_, (usize, usize)>::new();
    sent.poison.values().for_each(|reason| poison.entry(*reason).or_default().0 += 1);
    let mut waiting = sent.poison.clone();
    let mut others = Vec::new();
    for letter in letters.take(env).await? {
        let reason = letter.message_attributes.as_ref().and_then(|all| all.get("dlq-reason")?.string_value());
        let body = letter.body.as_deref().unwrap_or_default();
        match sent.poison.get(body) {
            // A kill between send and delete makes a second letter.
            Some(expected) if reason == Some(expected) => {
                if waiting.remove(body).is_some() {
                    poison.entry(*expected).or_default().1 += 1;
                }
            }
            _ => others.push(format!("{} {body}", reason.unwrap_or("without a reason"))),
        }
    }
    let marks = marks.context("no count")?;
    Ok(MappedOutcome { reconciliation, marks, poison, others, rounds: 0, tally: Tally::default(), failed: 0 })
}
