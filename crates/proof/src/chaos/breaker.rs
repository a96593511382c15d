//! Breaks things in rounds: consumers in each, the database and SQS in some, all at once.

use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use tokio::time::{Instant, sleep};

use super::database::Database;
use super::extras::Extras;
use super::letters::Letters;
use super::queue::Queue;
use super::tally::Tally;
use super::workers;
use crate::fleet::Fleet;
use crate::test_env::TestEnv;

/// Two visibility timeouts: what the dead held comes back, and is stored.
const CALM: Duration = Duration::from_secs(10);
/// From the end of the last fault to the last row.
const CATCH_UP: Duration = Duration::from_mins(3);
/// Between two changes of the dead-letter queue, in rounds.
const LETTERS: usize = 8;

/// What breaks things, and what was broken so far.
pub(super) struct Breaker<'a> {
    env: &'a TestEnv,
    fleet: &'a mut Fleet,
    database: Database,
    sqs: Queue,
    rng: Rng,
    /// Whether it sends messages of its own, and changes the dead-letter queue.
    pub(super) feeds: bool,
    pub(super) letters: Letters,
    pub(super) extras: Extras,
    pub(super) tally: Tally,
    pub(super) rounds: usize,
}

impl<'a> Breaker<'a> {
    /// Nothing broken yet. The same seed makes the same choices.
    pub(super) fn new(
        env: &'a TestEnv,
        fleet: &'a mut Fleet,
        (database, sqs, letters): (Database, Queue, Letters),
        seed: u64,
    ) -> Self {
        let (rng, extras, tally) = (Rng::with_seed(seed), Extras::default(), Tally::default());
        Self { env, fleet, database, sqs, rng, feeds: true, letters, extras, tally, rounds: 0 }
    }

    /// Round after round. `calm` rounds spend no receives: consumers are left alone.
    pub(super) async fn break_things(
        &mut self,
        time: Duration,
        calm: bool,
        tell: &impl Fn(&str),
    ) -> Result<()> {
        let (began, mut told) = (Instant::now(), Instant::now());
        while began.elapsed() < time {
            self.rounds += 1;
            self.round(calm).await.with_context(|| format!("in round {}", self.rounds))?;
            if told.elapsed() >= Duration::from_secs(10) {
                told = Instant::now();
                let (rows, left) = (self.env.count().await?, self.env.left().await?);
                let seconds = began.elapsed().as_secs();
                tell(&format!("{seconds:>4} s, round {}: {rows} rows, {left} on the queue", self.rounds));
            }
        }
        Ok(())
    }

    /// Lets all that was received often be stored, and from then on has SQS give messages up after
    /// few `receives`.
    pub(super) async fn calm_down(&mut self, receives: u32) -> Result<()> {
        self.fleet.disarm(self.env)?;
        sleep(CALM).await;
        workers::bury(self.fleet, self.env, &mut self.tally)?;
        self.letters.give_up_after(self.env, receives).await
    }

    /// Waits until the queue is empty.
    pub(super) async fn catch_up(&mut self) -> Result<()> {
        self.fleet.disarm(self.env)?;
        let began = Instant::now();
        while self.env.left().await? > 0 && began.elapsed() < CATCH_UP {
            self.fleet.revive(self.env)?;
            sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Sends what the sender does not, and now and then changes the dead-letter queue.
    async fn feed(&mut self) -> Result<()> {
        self.extras.send(self.env, &mut self.rng, self.rounds).await?;
        if self.rounds.is_multiple_of(LETTERS) {
            self.letters.replace(self.env).await?;
            self.tally.add("SQS", "dead-letter queue replaced");
        }
        Ok(())
    }

    /// One fault of each kind or of some, all at once; then a breath.
    async fn round(&mut self, calm: bool) -> Result<()> {
        if self.feeds {
            self.feed().await?;
        }
        let rng = &mut self.rng;
        let mut own = [rng.fork(), rng.fork(), rng.fork()];
        let (hits_database, hits_sqs) = (rng.u8(..5) < 4, rng.u8(..2) == 0);
        let breath = Duration::from_millis(rng.u64(500..1_500));
        let [workers_rng, database_rng, sqs_rng] = &mut own;
        let mut tallies = [Tally::default(), Tally::default()];
        let [database_tally, sqs_tally] = &mut tallies;
        let on_workers = async {
            for _ in 0..if calm { 0 } else { 2 } {
                workers::strike(self.fleet, self.env, workers_rng, &mut self.tally).await?;
                sleep(breath / 2).await;
                workers::bury(self.fleet, self.env, &mut self.tally)?;
            }
            Ok(())
        };
        let on_database = async {
            if hits_database {
                self.database.strike(self.env, database_rng, database_tally).await
            } else {
                Ok(())
            }
        };
        let on_sqs = async {
            if hits_sqs {
                self.sqs.strike(sqs_rng, sqs_tally, calm).await;
            }
            anyhow::Ok(())
        };
        tokio::try_join!(on_workers, on_database, on_sqs)?;
        for tally in tallies {
            self.tally.merge(tally);
        }
        sleep(breath).await;
        workers::bury(self.fleet, self.env, &mut self.tally)
    }
}
