//! The time from the first message that is done with, stored and deleted, to the last, and the
//! processor time used in it. Starting is left out: nobody starts a consumer for each message.

use std::time::Duration;

use anyhow::{Result, ensure};
use nix::unistd::Pid;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};

use crate::gauge;
use crate::running::Running;
use crate::stats::count;

/// What takes longer is stuck.
const LONGEST: Duration = Duration::from_mins(10);
/// Looking costs the emulator time, too: it is done more often only when the end is near.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Window {
    /// Messages in it: all but those that were done with before it began.
    pub messages: usize,
    /// How long it was.
    pub time: Duration,
    /// Processor time that each process used, in the order in which they were given.
    pub cpu: Vec<Duration>,
    /// The same of the whole machine, also of what else runs on it.
    pub busy: Duration,
}

impl Window {
    /// Messages a second.
    pub fn rate(&self) -> f64 {
        count(self.messages) / self.time.as_secs_f64()
    }

    /// How many processors `used` comes to, on average.
    pub fn share(&self, used: Duration) -> f64 {
        used.as_secs_f64() / self.time.as_secs_f64()
    }

    /// Microseconds of processor time that the first `processes` took for a message.
    pub fn cpu_a_message(&self, processes: usize) -> f64 {
        let used: Duration = self.cpu[..processes].iter().sum();
        used.as_secs_f64() * 1e6 / count(self.messages)
    }
}

/// Watches consumers drain `messages`. The window's first processes are theirs, then `others`.
pub async fn watch(
    bed: &TestEnv,
    consumers: &mut [Running],
    others: &[Pid],
    messages: usize,
) -> Result<Window> {
    let began = Instant::now();
    let mut left = bed.left().await?;
    while left == messages {
        check(consumers, began)?;
        sleep(SHORTEST_PAUSE).await;
        left = bed.left().await?;
    }
    ensure!(left > 0, "all was done before the first look: give it more messages");
    let pids: Vec<_> = consumers.iter().map(|consumer| consumer.pid).chain(others.iter().copied()).collect();
    let (start, used, busy, all) = (Instant::now(), cpu(&pids)?, gauge::busy()?, left);
    while left > 0 {
        check(consumers, began)?;
        sleep(pause(start.elapsed(), all, left)).await;
        left = bed.left().await?;
    }
    let (time, now, busy) = (start.elapsed(), cpu(&pids)?, gauge::busy()?.saturating_sub(busy));
    let cpu = now.into_iter().zip(used).map(|(now, used)| now.saturating_sub(used)).collect();
    Ok(Window { messages: all, time, cpu, busy })
}

/// As [`watch`], and sees that all of them are rows.
pub async fn watch_all(
    bed: &TestEnv,
    consumers: &mut [Running],
    others: &[Pid],
    messages: usize,
) -> Result<Window> {
    let window = watch(bed, consumers, others, messages).await?;
    let stored = bed.count().await?;
    ensure!(stored == messages, "{stored} rows are stored of {messages} messages");
    Ok(window)
}

/// A part of the time that is left at the rate so far.
fn pause(elapsed: Duration, all: usize, left: usize) -> Duration {
    let done = all.saturating_sub(left).max(1);
    let remaining = elapsed.as_secs_f64() / count(done) * count(left);
    Duration::from_secs_f64((remaining / 4.0).min(60.0)).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

fn check(consumers: &mut [Running], began: Instant) -> Result<()> {
    for consumer in consumers.iter_mut() {
        consumer.check()?;
        ensure!(began.elapsed() < LONGEST, "nothing moves any more: {}", consumer.tail());
    }
    Ok(())
}

fn cpu(pids: &[Pid]) -> Result<Vec<Duration>> {
    pids.iter().map(|pid| gauge::cpu(*pid)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_end_the_shorter_the_pause() {
        let pause = |left| pause(Duration::from_secs(1), 20_000, left);
        assert_eq!(pause(19_999), LONGEST_PAUSE);
        assert_eq!(pause(10_000), Duration::from_millis(250));
        assert_eq!(pause(10), SHORTEST_PAUSE);
    }

    #[test]
    fn what_ran_beside_the_consumers_is_not_theirs() {
        let cpu = [2, 1, 50].map(Duration::from_millis).to_vec();
        let (time, busy) = (Duration::from_millis(10), Duration::from_millis(60));
        let window = Window { messages: 100, time, cpu, busy };
        assert!((window.rate() - 10_000.0).abs() < 1e-6);
        assert!((window.cpu_a_message(2) - 30.0).abs() < 1e-6);
    }
}
