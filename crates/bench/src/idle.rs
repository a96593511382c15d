//! What a consumer costs that has nothing to do.

use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::sqs::{Operation, SqsProxy};
use tokio::time::{Instant, sleep, timeout};

use crate::running::Running;
use crate::say::progress;
use crate::site::Site;
use crate::stats::count;
use crate::subject::Subject;
use crate::table::Table;
use crate::{gauge, price};

/// Many would be expensive, if each of them polled.
const RECEIVERS: &str = "32";
/// Two polls and a bit: then it has noticed that the queue is empty.
const SETTLE: Duration = Duration::from_secs(45);

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// SQS requests an hour.
    pub requests: f64,
    /// Share of one processor, in percent.
    pub cpu: f64,
}

impl Idle {
    /// Counts the requests of about `time`, from one poll to another: whole polls, whatever the
    /// length of one.
    pub async fn measure(site: &Site, time: Duration) -> Result<Self> {
        progress(format_args!("idle for {} s with --receivers {RECEIVERS}", (SETTLE + time).as_secs()));
        let proxy = SqsProxy::start(&site.endpoint, 0)?;
        let bed = site.bed_at(&proxy.endpoint()).await?;
        let variables = [("RECEIVERS", RECEIVERS)];
        let mut running = Subject::ours()?.start_with(&bed, &proxy.endpoint(), &variables)?;
        sleep(SETTLE).await;
        let idle = watch(&proxy, &mut running, time).await?;
        running.kill().await?;
        bed.remove().await?;
        Ok(idle)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["idle, `--receivers 32`", "an hour", "$ a month"]);
        let dollars = price::of_a_month(self.requests);
        table.row(["SQS requests".to_owned(), format!("{:.0}", self.requests), format!("{dollars:.3}")]);
        table.row(["CPU, share of one".to_owned(), format!("{:.2} %", self.cpu)]);
        table
    }
}

async fn watch(proxy: &SqsProxy, running: &mut Running, time: Duration) -> Result<Idle> {
    let (before, start) = next_poll(proxy).await?;
    let used = gauge::cpu(running.pid)?;
    sleep(time.saturating_sub(Duration::from_secs(1))).await;
    let (after, end) = next_poll(proxy).await?;
    running.check()?;
    let seconds = (end - start).as_secs_f64();
    let used = gauge::cpu(running.pid)?.saturating_sub(used);
    let requests = count(usize::try_from(after - before)?) * 3_600.0 / seconds;
    Ok(Idle { requests, cpu: used.as_secs_f64() * 100.0 / seconds })
}

/// All requests so far, and the time, when the next poll has come in.
async fn next_poll(proxy: &SqsProxy) -> Result<(u64, Instant)> {
    let polls = || proxy.handle().counts().requests_of(Operation::ReceiveMessage);
    let before = polls();
    let wait = async {
        while polls() == before {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_mins(1), wait).await.context("the idle consumer does not poll")?;
    Ok((proxy.handle().counts().all_requests(), Instant::now()))
}
