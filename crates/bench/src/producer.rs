//! How fast a web server's producer sends, how well it fills its calls, and what it costs whoever is alone.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use faultproxy::sqs::{Operation, SqsProxy};
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::Instant;

use crate::filling::send;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number, percentile};
use crate::table::Table;

/// Concurrent requests of a web server.
const CALLERS: usize = 200;
/// Sent one by one, in turns with a bare call.
const ALONE: usize = 1_000;
/// For one turn.
const LONGEST: Duration = Duration::from_mins(5);

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Producing {
    site: &'static str,
    messages: usize,
    /// Messages a second of 200 callers, and of `sender --rate max`, round by round.
    rates: Vec<(f64, f64)>,
    /// Messages in a call of the 200 callers.
    filled: Option<f64>,
    /// Milliseconds of one caller alone, and of a bare `SendMessage`: sorted.
    alone: (Vec<f64>, Vec<f64>),
}

impl Producing {
    /// Has the producer and the sender take turns, then counts the calls at a proxy, then sends one by one.
    pub async fn measure(site: &Site, rounds: usize, messages: usize) -> Result<Self> {
        let mut seen = Self { site: site.name, messages, ..Self::default() };
        for round in 0..=rounds {
            let ours = callers(site, messages).await?;
            let sender = sender(site, messages).await?;
            progress(format_args!("{}: {CALLERS} callers {ours:.0}/s, sender {sender:.0}/s", site.name));
            // Emulators are slow at what they do for the first time.
            if round > 0 {
                seen.rates.push((ours, sender));
            }
        }
        seen.filled = Some(filled(site, messages).await?);
        seen.alone = alone(site).await?;
        Ok(seen)
    }

    /// The rate of 200 callers against that of `sender --rate max`.
    pub fn ratio(&self) -> Option<f64> {
        Some(Spread::of(self.rates.iter().map(|(ours, sender)| ours / sender))?.median)
    }

    /// Messages in a call.
    pub fn filled(&self) -> Option<f64> {
        self.filled
    }

    /// Milliseconds that the median message takes longer than a bare `SendMessage`.
    pub fn delay(&self) -> Option<f64> {
        Some(percentile(&self.alone.0, 0.5)? - percentile(&self.alone.1, 0.5)?)
    }

    /// For people.
    pub fn tables(&self) -> [Table; 2] {
        let heading =
            format!("{} messages, {}, median (min–max)", number(count(self.messages), 0), self.site);
        let mut load = Table::new([&heading, "messages/s", "messages a call"]);
        let rate = |rates: Vec<f64>| Spread::of(rates).map(|spread| spread.text(0)).unwrap_or_default();
        let filled = self.filled.map(|filled| number(filled, 1)).unwrap_or_default();
        load.row([
            format!("producer, {CALLERS} callers"),
            rate(self.rates.iter().map(|it| it.0).collect()),
            filled,
        ]);
        load.row([
            "`sender --rate max`".to_owned(),
            rate(self.rates.iter().map(|it| it.1).collect()),
            String::new(),
        ]);
        let mut alone = Table::new(["one message at a time, ms", "p50", "p99"]);
        for (who, times) in [("producer", &self.alone.0), ("bare `SendMessage`", &self.alone.1)] {
            let at = |share| number(percentile(times, share).unwrap_or(f64::NAN), 2);
            alone.row([who.to_owned(), at(0.5), at(0.99)]);
        }
        [load, alone]
    }
}

/// Runs the program that sends as a web server does, and reads what it saw.
async fn run(bed: &TestEnv, endpoint: &str, arguments: &[&str]) -> Result<HashMap<String, Vec<f64>>> {
    let mut program = Process::start_with(bed, "producing", arguments, &[("AWS_ENDPOINT_URL", endpoint)])?;
    let ended = program.ended(LONGEST).await?;
    ensure!(ended.success(), "the producer failed: {}", program.tail());
    Ok(serde_json::from_str(&program.output()?)?)
}

/// Messages a second of many callers.
async fn callers(site: &Site, messages: usize) -> Result<f64> {
    let bed = site.bed().await?;
    let seconds = load(&bed, &site.endpoint, messages).await?;
    bed.remove().await?;
    Ok(count(messages) / seconds)
}

async fn load(bed: &TestEnv, endpoint: &str, messages: usize) -> Result<f64> {
    let seen = run(bed, endpoint, &["load", &messages.to_string(), &CALLERS.to_string()]).await?;
    seen.get("seconds").and_then(|seconds| seconds.first().copied()).context("no time was told")
}

/// Messages a second of the sender, its start included, which is short.
async fn sender(site: &Site, messages: usize) -> Result<f64> {
    let bed = site.bed().await?;
    let began = Instant::now();
    let mut sender = send(&bed, &site.endpoint, "max", messages)?;
    let ended = sender.ended(LONGEST).await?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(ended.success(), "the sender failed: {}", sender.tail());
    bed.remove().await?;
    Ok(count(messages) / seconds)
}

/// Messages in a call of many callers, counted at a proxy.
async fn filled(site: &Site, messages: usize) -> Result<f64> {
    let proxy = SqsProxy::start(&site.endpoint, 0)?;
    let bed = site.bed_at(&proxy.endpoint()).await?;
    load(&bed, &proxy.endpoint(), messages).await?;
    let calls = proxy.handle().counts().requests_of(Operation::SendMessageBatch);
    bed.remove().await?;
    Ok(count(messages + 1) / count(usize::try_from(calls)?))
}

async fn alone(site: &Site) -> Result<(Vec<f64>, Vec<f64>)> {
    let bed = site.bed().await?;
    let mut seen = run(&bed, &site.endpoint, &["alone", &ALONE.to_string()]).await?;
    bed.remove().await?;
    let mut sorted = |name| {
        let mut times = seen.remove(name).context("no times were told")?;
        times.sort_by(f64::total_cmp);
        anyhow::Ok(times)
    };
    Ok((sorted("producer")?, sorted("bare")?))
}
