//! What passes over workers and their database while messages arrive.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::Client;
use fastrand::Rng;
use nix::sys::signal::Signal;
use proof::fleet::Fleet;
use proof::seats::{Message, send};
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};

use super::Hall;

/// Messages arrive for so long.
const STORM: Duration = Duration::from_secs(20);
/// For what is left after it; a job that panics is called again after up to 16 s.
const CALM: Duration = Duration::from_mins(1);

/// What breaks things.
pub(super) struct Storm<'h> {
    hall: &'h mut Hall,
    fleet: Fleet,
    rng: Rng,
}

impl<'h> Storm<'h> {
    /// Over this many workers.
    pub(super) fn over(hall: &'h mut Hall, workers: usize) -> Result<Self> {
        let fleet = hall.workers(workers)?;
        Ok(Self { hall, fleet, rng: Rng::with_seed(1) })
    }

    /// Sends these while it rages, and waits until nothing is left of them.
    pub(super) async fn pass(&mut self, messages: &[Message]) -> Result<()> {
        let (sqs, url) = (self.hall.env.sqs.clone(), self.hall.env.queue_url.clone());
        tokio::try_join!(send_all(&sqs, &url, messages), self.rage())?;
        let ebbed = timeout(CALM, self.ebb()).await;
        ebbed.with_context(|| format!("the queue does not become empty: {}", self.fleet.tails()))?
    }

    /// Workers die all the time, the database now and then; one worker sleeps for longer than its
    /// leases last, while others get what it holds.
    async fn rage(&mut self) -> Result<()> {
        self.kill_workers(4).await?;
        self.kill_database().await?;
        self.fleet.signal(&mut self.rng, Signal::SIGSTOP)?;
        let woken = Instant::now() + Duration::from_secs(7);
        self.lose_commits().await?;
        self.kill_database().await?;
        sleep_until(woken).await;
        self.fleet.signal_all(Signal::SIGCONT);
        let ends = woken + STORM / 3;
        while Instant::now() < ends {
            self.kill_workers(2).await?;
            self.lose_commits().await?;
        }
        self.kill_database().await
    }

    async fn kill_workers(&mut self, times: usize) -> Result<()> {
        for _ in 0..times {
            sleep(Duration::from_millis(self.rng.u64(300..900))).await;
            self.fleet.kill(&self.hall.env, &mut self.rng).await?;
        }
        Ok(())
    }

    /// A worker dies with it, and cannot start until it is back.
    async fn kill_database(&mut self) -> Result<()> {
        self.hall.spare.kill().await?;
        sleep(Duration::from_millis(self.rng.u64(0..1_000))).await;
        self.fleet.kill(&self.hall.env, &mut self.rng).await?;
        self.hall.spare.start_again().await?;
        self.fleet.revive(&self.hall.env).map(drop)
    }

    /// What is committed then, its worker does not know of.
    async fn lose_commits(&mut self) -> Result<()> {
        for _ in 0..8 {
            self.hall.way.handle().cut_answer_after(b"COMMIT");
            sleep(Duration::from_millis(100)).await;
        }
        self.fleet.revive(&self.hall.env).map(drop)
    }

    /// Waits until nothing is left on the queue.
    async fn ebb(&mut self) -> Result<()> {
        while self.hall.env.left().await? > 0 {
            self.fleet.revive(&self.hall.env)?;
            sleep(Duration::from_millis(200)).await;
        }
        self.fleet.stop().await?;
        ensure!(self.fleet.failed == 0, "{} workers ended by themselves", self.fleet.failed);
        Ok(())
    }
}

async fn send_all(sqs: &Client, url: &str, messages: &[Message]) -> Result<()> {
    let batches = messages.chunks(10);
    let mut ticks = interval(STORM / u32::try_from(batches.len())?);
    for batch in batches {
        ticks.tick().await;
        send(sqs, url, batch).await?;
    }
    Ok(())
}
