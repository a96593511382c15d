//! Asks every consumer for its health while everything breaks: it must answer, and soon.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::process::{Outside, Roll};

/// Between two questions to each consumer.
const PERIOD: Duration = Duration::from_millis(200);
/// An answer that takes longer is a violation.
const SOON: Duration = Duration::from_secs(1);
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the answers were like.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// How long each took, in milliseconds.
    took: Vec<u64>,
    /// Answers that took longer than a second.
    late: Vec<String>,
    /// Missing ones, and those that say that a restart would help.
    wrong: Vec<String>,
}

impl Health {
    /// Whether every answer came and was right, and all but one in a hundred within a second: the
    /// machine is one that everything else here keeps busy, too.
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty() && self.late.len() * 100 <= self.took.len()
    }
}

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    health: Mutex<Health>,
    /// By how many milliseconds this process itself was late of late: on a machine that is too
    /// busy to ask in time, answers are late by as much.
    late: AtomicU64,
}

impl Answers {
    pub(super) fn so_far(&self) -> Health {
        self.health().clone()
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgotten slowly, an eighth with each question.
    fn was_late(&self, by: Duration) {
        let late = self.late.load(Ordering::Relaxed);
        self.late.store(millis(by).max(late - late.div_ceil(8)), Ordering::Relaxed);
    }

    fn late(&self) -> Duration {
        Duration::from_millis(self.late.load(Ordering::Relaxed))
    }
}

/// Asks until it is dropped.
pub(super) async fn watch(roll: Arc<Roll>, answers: Arc<Answers>) {
    let (mut ticks, mut asked) = (interval(PERIOD), JoinSet::new());
    loop {
        answers.was_late(ticks.tick().await.elapsed());
        while asked.try_join_next().is_some() {}
        for consumer in roll.running() {
            for path in ["/livez", "/readyz"] {
                let (consumer, answers) = (consumer.clone(), answers.clone());
                asked.spawn(async move { ask(&consumer, path, &answers).await });
            }
        }
    }
}

/// What a consumer that is frozen, dead or not yet listening does not answer is no violation.
async fn ask(consumer: &Outside, path: &'static str, answers: &Answers) {
    let Some(address) = consumer.admin_address() else { return };
    if !consumer.runs() {
        return;
    }
    let began = Instant::now();
    let answer = timeout(PATIENCE, get(address, path)).await;
    let took = began.elapsed();
    if !consumer.runs() || consumer.is_ending() {
        return;
    }
    let status = answer.ok().and_then(Result::ok).unwrap_or_default();
    let mut health = answers.health();
    health.took.push(millis(took));
    let answer = format!("{path} of {}: {status} after {took:.1?}", consumer.name());
    if status == 0 || path == "/livez" && status != 200 {
        health.wrong.push(answer);
    } else if took >= SOON + answers.late() {
        health.late.push(answer);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

async fn get(address: SocketAddr, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default())
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut took = self.took.clone();
        took.sort_unstable();
        let part =
            |part: usize| took.get((took.len() * part / 100).min(took.len().saturating_sub(1))).copied();
        let [p50, p99, max] = [50, 99, 100].map(|share| part(share).unwrap_or_default());
        write!(
            f,
            "{} answers of /livez and /readyz, p50 {p50} ms, p99 {p99} ms, slowest {max} ms, ",
            took.len()
        )?;
        write!(f, "later than a second {}, wrong {}", self.late.len(), self.wrong.len())?;
        self.wrong.iter().chain(&self.late).take(5).try_for_each(|answer| write!(f, "\n  {answer}"))
    }
}
