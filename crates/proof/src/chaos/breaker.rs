//! Breaks things in rounds: consumers in each, the database and SQS in some, all at once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use tokio::time::{Instant, sleep};

use super::database::Database;
use super::queue::Queue;
use super::tally::Tally;
use super::workers;
use crate::bed::Bed;
use crate::fleet::Fleet;

/// Whoever breaks, and what was broken so far.
pub(super) struct Breaker<'a> {
    bed: &'a Bed,
    fleet: &'a mut Fleet,
    database: Database,
    sqs: Queue,
    rng: Rng,
    tally: Tally,
    poison: BTreeSet<String>,
    rounds: usize,
}

impl<'a> Breaker<'a> {
    /// Nothing broken yet. The same seed makes the same choices.
    pub(super) fn new(bed: &'a Bed, fleet: &'a mut Fleet, database: Database, sqs: Queue, seed: u64) -> Self {
        let rng = Rng::with_seed(seed);
        Self { bed, fleet, database, sqs, rng, tally: Tally::default(), poison: BTreeSet::new(), rounds: 0 }
    }

    /// How many rounds, what was broken, and what poison was sent.
    pub(super) fn end(self) -> (usize, Tally, BTreeSet<String>) {
        (self.rounds, self.tally, self.poison)
    }

    /// Round after round.
    pub(super) async fn break_things(&mut self, time: Duration, tell: &impl Fn(&str)) -> Result<()> {
        let (began, mut told) = (Instant::now(), Instant::now());
        while began.elapsed() < time {
            self.rounds += 1;
            self.round().await.with_context(|| format!("in round {}", self.rounds))?;
            if told.elapsed() >= Duration::from_secs(10) {
                told = Instant::now();
                let (rows, left) = (self.bed.count().await?, self.bed.left().await?);
                let seconds = began.elapsed().as_secs();
                tell(&format!("{seconds:>4} s, round {}: {rows} rows, {left} on the queue", self.rounds));
            }
        }
        Ok(())
    }

    /// One fault of each kind or of some, all at once; then a breath.
    async fn round(&mut self) -> Result<()> {
        let body = format!("poison {}", self.rounds);
        self.bed.send(&body, None).await?;
        self.poison.insert(body);
        let rng = &mut self.rng;
        let mut own = [rng.fork(), rng.fork(), rng.fork()];
        let (hits_database, hits_sqs) = (rng.u8(..3) == 0, rng.u8(..3) == 0);
        let breath = Duration::from_millis(rng.u64(500..1_500));
        let [workers_rng, database_rng, sqs_rng] = &mut own;
        let mut tallies = [Tally::default(), Tally::default()];
        let [database_tally, sqs_tally] = &mut tallies;
        let on_workers = async {
            for _ in 0..2 {
                workers::strike(self.fleet, self.bed, workers_rng, &mut self.tally).await?;
                sleep(breath / 2).await;
                workers::bury(self.fleet, self.bed, &mut self.tally)?;
            }
            Ok(())
        };
        let on_database = async {
            if hits_database {
                self.database.strike(self.bed, database_rng, database_tally).await
            } else {
                Ok(())
            }
        };
        let on_sqs = async {
            if hits_sqs {
                self.sqs.strike(sqs_rng, sqs_tally).await;
            }
            anyhow::Ok(())
        };
        tokio::try_join!(on_workers, on_database, on_sqs)?;
        for tally in tallies {
            self.tally.merge(tally);
        }
        sleep(breath).await;
        workers::bury(self.fleet, self.bed, &mut self.tally)
    }
}
