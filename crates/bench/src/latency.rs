//! How long it takes from the start of a send until the row can be read.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};

use crate::filling::send;
use crate::running::Running;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{count, number, percentile};
use crate::subject::Subject;
use crate::table::Table;

/// Rows are looked for that often.
const PAUSE: Duration = Duration::from_millis(1);
/// Ids that are older than this are not looked at any more, until the end.
const RECENT: Duration = Duration::from_millis(300);
/// Time for what was sent last.
const REST: Duration = Duration::from_mins(1);
/// Milliseconds in which both programs connect; what is sent in them does not count.
const WARM_UP: f64 = 990.0;

/// Milliseconds from send to row at one rate.
#[derive(Clone, Debug)]
pub struct Latency {
    /// Where.
    pub site: &'static str,
    /// Messages a second.
    pub rate: usize,
    sorted: Vec<f64>,
}

impl Latency {
    /// Sends for so long, after a second that does not count.
    pub async fn measure(site: &Site, rate: usize, seconds: usize) -> Result<Self> {
        progress(format_args!("{}: latency at {rate}/s for {seconds} s", site.name));
        let bed = site.bed().await?;
        let running = Subject::ours()?.start(&bed, &site.endpoint)?;
        Self::of(site, bed, running, rate, seconds).await
    }

    /// As [`measure`](Self::measure), of what runs on a bed of the site's; ends both.
    pub(crate) async fn of(
        site: &Site,
        bed: TestEnv,
        mut running: Running,
        rate: usize,
        seconds: usize,
    ) -> Result<Self> {
        ready(&mut running).await?;
        let messages = rate * (seconds + 1);
        let mut sender = send(&bed, &site.endpoint, &rate.to_string(), messages)?;
        let mut watcher = Watcher::new(bed.connect().await?);
        watcher.watch(messages, &mut running, &mut sender).await?;
        let seen = watcher.finish(messages).await?;
        running.kill().await?;
        bed.remove().await?;
        Ok(Self { site: site.name, rate, sorted: warm(&seen) })
    }

    /// That which `share` (0 to 1) of the messages do not exceed, in milliseconds.
    pub fn at(&self, share: f64) -> f64 {
        percentile(&self.sorted, share).unwrap_or(f64::NAN)
    }

    /// For people.
    pub fn table(all: &[Self]) -> Table {
        let mut table = Table::new(["send to row, ms", "messages/s", "messages", "p50", "p99", "max"]);
        for latency in all {
            let at = |share| number(latency.at(share), 1);
            let (rate, messages) = (count(latency.rate), count(latency.sorted.len()));
            let (rate, messages) = (number(rate, 0), number(messages, 0));
            table.row([latency.site.to_owned(), rate, messages, at(0.5), at(0.99), at(1.0)]);
        }
        table
    }
}

/// Waits until the consumer polls.
async fn ready(running: &mut Running) -> Result<()> {
    let began = Instant::now();
    while !running.log()?.contains("consuming") {
        running.check()?;
        ensure!(began.elapsed() < REST, "the consumer does not start");
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_millis(500)).await;
    Ok(())
}

/// Reads rows as they come.
struct Watcher {
    database: Conn,
    ids: HashSet<[u8; 16]>,
    seen: Vec<Seen>,
}

/// When a row's message was sent, and how long it took, in milliseconds.
#[derive(Clone, Copy)]
struct Seen {
    sent: f64,
    took: f64,
}

impl Watcher {
    fn new(database: Conn) -> Self {
        Self { database, ids: HashSet::new(), seen: Vec::new() }
    }

    /// Looks until all are there.
    async fn watch(&mut self, messages: usize, running: &mut Running, sender: &mut Process) -> Result<()> {
        while sender.has_ended()?.is_none() {
            self.look().await?;
            sleep(PAUSE).await;
        }
        ensure!(sender.confirmed()?.len() == messages, "the sender failed: {}", sender.tail());
        let sent = Instant::now();
        while self.ids.len() < messages && self.count().await? < messages {
            running.check()?;
            ensure!(sent.elapsed() < REST, "not all that was sent is stored: {}", running.tail());
            self.look().await?;
            sleep(PAUSE).await;
        }
        self.look().await
    }

    async fn look(&mut self) -> Result<()> {
        let from = (SystemTime::now() - RECENT).duration_since(UNIX_EPOCH)?.as_millis();
        let query = format!("SELECT id, 0 FROM messages WHERE id >= UNHEX('{from:012x}')");
        let rows: Vec<(Vec<u8>, f64)> = self.database.query(query).await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3;
        rows.into_iter().try_for_each(|(id, _)| self.see(id, now))
    }

    /// All of them. Of what was late, it is known when its insert began.
    async fn finish(mut self, messages: usize) -> Result<Vec<Seen>> {
        let stored = self.count().await?;
        ensure!(stored == messages, "{stored} rows are stored of {messages} messages");
        let query = "SELECT id, CAST(UNIX_TIMESTAMP(created_at) * 1000 AS DOUBLE) FROM messages";
        let rows: Vec<(Vec<u8>, f64)> = self.database.query(query).await?;
        rows.into_iter().try_for_each(|(id, created)| self.see(id, created))?;
        Ok(self.seen)
    }

    async fn count(&mut self) -> Result<usize> {
        self.database.query_first("SELECT COUNT(*) FROM messages").await?.context("no count")
    }

    fn see(&mut self, id: Vec<u8>, at: f64) -> Result<()> {
        let id: [u8; 16] = id.try_into().ok().context("an id is not 16 bytes long")?;
        if self.ids.insert(id) {
            let sent = sent(&id);
            self.seen.push(Seen { sent, took: at - sent });
        }
        Ok(())
    }
}

/// When the send of the message with this id began, in milliseconds since 1970, rounded down: the
/// sender makes the id just before, and a `UUIDv7` starts with the time of its making.
fn sent(id: &[u8; 16]) -> f64 {
    id[..6].iter().fold(0.0, |millis, byte| millis * 256.0 + f64::from(*byte))
}

/// The times from a second after the first send, sorted.
fn warm(seen: &[Seen]) -> Vec<f64> {
    let first = seen.iter().map(|seen| seen.sent).fold(f64::INFINITY, f64::min);
    let warm = seen.iter().filter(|seen| seen.sent >= first + WARM_UP);
    let mut times: Vec<_> = warm.map(|seen| seen.took).collect();
    times.sort_by(f64::total_cmp);
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let id = shared::message::DedupId::generate();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let sent = format!("{:.0}", sent(id.as_bytes())).parse().unwrap();
        assert!((before..=after).contains(&sent));
    }

    #[test]
    fn what_was_sent_while_programs_connect_does_not_count() {
        let seen = [(5_000.0, 900.0), (5_500.0, 9.0), (5_999.0, 3.0), (7_000.0, 2.0)];
        let seen = seen.map(|(sent, took)| Seen { sent, took });
        assert_eq!(warm(&seen), [2.0, 3.0]);
    }
}
