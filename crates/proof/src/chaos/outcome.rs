//! How a run ended: what is where, and whether that is right.

use std::collections::BTreeSet;

use anyhow::Result;
use aws_sdk_sqs::types::Message;

use super::extras::Extras;
use super::failover::Failovers;
use super::letters::Letters;
use super::tally::Tally;
use super::watch::Health;
use crate::process::Process;
use crate::reconciliation::Reconciliation;
use crate::test_env::TestEnv;

/// Sends that may be under way, and so unconfirmed, when the sender is stopped.
const UNDER_WAY: u64 = 10_000;

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Of the numbered messages.
    pub reconciliation: Reconciliation,
    /// Stored, though their sends were never confirmed: an answer was lost, the message was not.
    pub recovered: usize,
    /// Messages that no row can hold.
    pub poison: usize,
    /// Of those, the ones that lie in a dead-letter queue with the reason.
    pub dead_lettered: usize,
    /// Letters beyond one for each of those: a kill between send and delete makes one.
    pub doubled_letters: usize,
    /// What else lies there: healthy messages.
    pub healthy_dead_lettered: Vec<String>,
    /// Answers about health.
    pub health: Health,
    /// Failovers, on servers of their own; `None`: there were none.
    pub failovers: Option<Failovers>,
    /// Rounds of faults.
    pub rounds: usize,
    /// Faults.
    pub tally: Tally,
    /// Consumers that gave up by themselves.
    pub failed: usize,
}

impl Outcome {
    /// Whether the promises were kept.
    pub fn is_clean(&self) -> bool {
        let letters = self.dead_lettered == self.poison && self.healthy_dead_lettered.is_empty();
        let failovers = self.failovers.as_ref().is_none_or(Failovers::is_clean);
        self.reconciliation.is_clean() && letters && failovers && self.failed == 0 && self.health.is_clean()
    }
}

/// Looks what is where, once everything is quiet.
pub(super) async fn count(
    env: &TestEnv,
    sender: &Process,
    extras: &Extras,
    letters: &Letters,
) -> Result<Outcome> {
    let sent = sender.confirmed()?;
    let last = sent.iter().max().copied().unwrap_or_default();
    let confirmed: BTreeSet<_> = sent.iter().copied().collect();
    let rows: Vec<_> = env.rows().await?.into_iter().map(|row| row.message).collect();
    let is_known = |text: &String| number(text).is_some_and(|number| confirmed.contains(&number));
    let may_be = |text: &String| number(text).is_some_and(|number| number <= last + UNDER_WAY);
    let recovered: BTreeSet<_> = rows.iter().filter(|text| may_be(text) && !is_known(text)).collect();
    let mut expected: Vec<_> = sent.iter().map(|number| format!("hello world {number}")).collect();
    expected.extend(recovered.iter().map(|text| (*text).clone()));
    expected.extend(extras.healthy.iter().cloned());
    let mut reconciliation = Reconciliation::take(&expected, &rows, env.left().await?);
    reconciliation.sent = sent.len() + extras.healthy.len();

    let poison: BTreeSet<_> = extras.poison.iter().collect();
    let has_reason = |letter: &Message| {
        letter.message_attributes.as_ref().is_some_and(|attributes| attributes.contains_key("dlq-reason"))
    };
    let (right, wrong): (Vec<_>, Vec<_>) = letters.take(env).await?.into_iter().partition(|letter| {
        letter.body.as_ref().is_some_and(|body| poison.contains(body)) && has_reason(letter)
    });
    let bodies: BTreeSet<_> = right.iter().filter_map(|letter| letter.body.as_ref()).collect();
    Ok(Outcome {
        recovered: recovered.len(),
        poison: poison.len(),
        dead_lettered: bodies.len(),
        doubled_letters: right.len() - bodies.len(),
        healthy_dead_lettered: wrong.into_iter().filter_map(|letter| letter.body).collect(),
        health: Health::default(),
        failovers: None,
        reconciliation,
        rounds: 0,
        tally: Tally::default(),
        failed: 0,
    })
}

fn number(text: &str) -> Option<u64> {
    text.strip_prefix("hello world ")?.parse().ok()
}
