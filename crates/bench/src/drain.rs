//! How fast a full queue is drained, at what cost; the subjects take turns, so that ratios hold
//! on a noisy machine.

use anyhow::{Result, bail};
use faultproxy::sqs::{Counts, Operation, SqsProxy};
use serde::{Deserialize, Serialize};

use crate::filling::fill;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number};
use crate::subject::{BARE, OURS, Subject};
use crate::table::Table;
use crate::{price, window};

/// Requests are counted on fewer messages: it takes no time to be exact.
const COUNTED: usize = 5_000;

/// One subject over all rounds, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub subject: String,
    /// How many messages it drained each time.
    pub messages: usize,
    /// Messages a second.
    pub rates: Vec<f64>,
    /// Microseconds of its processor time for a message.
    pub cpu: Vec<f64>,
    /// Most memory resident, in MiB.
    pub peaks: Vec<f64>,
    /// SQS requests for 1,000 messages, as far as counted.
    pub requests: Option<f64>,
}

/// All subjects at one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drain {
    /// Where.
    pub site: String,
    /// What was measured, ours first.
    pub lines: Vec<Line>,
}

impl Drain {
    /// Has every subject drain a queue of its own in each round, then once more for the requests.
    pub async fn measure(site: &Site, subjects: &[Subject], rounds: usize, messages: usize) -> Result<Self> {
        let line = |subject: &Subject| Line {
            subject: subject.name.to_owned(),
            messages: subject.messages(messages),
            rates: Vec::new(),
            cpu: Vec::new(),
            peaks: Vec::new(),
            requests: None,
        };
        // Emulators are slow at what they do for the first time, whoever asks for it.
        if let Some(warm) = subjects.first() {
            once(site, warm, &mut line(warm), "not counted").await?;
        }
        let mut lines: Vec<_> = subjects.iter().map(line).collect();
        for round in 0..rounds {
            for turn in 0..subjects.len() {
                // Whoever comes first in one round comes last in the next.
                let turn = (turn + round) % subjects.len();
                // Who failed once is left out from then on.
                if lines[turn].rates.len() == round {
                    once(site, &subjects[turn], &mut lines[turn], &format!("round {}", round + 1)).await?;
                }
            }
        }
        for (subject, line) in subjects.iter().zip(&mut lines) {
            if !line.rates.is_empty() {
                line.requests = Some(requests(site, subject).await?);
            }
        }
        lines.retain(|line| !line.rates.is_empty());
        Ok(Self { site: site.name.to_owned(), lines })
    }

    /// That of a subject, if it was measured.
    pub fn line(&self, subject: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.subject == subject)
    }

    /// Ours against another's, round by round: of what `values` says of either.
    pub fn ratio(&self, to: &str, values: impl Fn(&Line) -> &[f64]) -> Option<Spread> {
        let (ours, other) = (self.line(OURS)?, self.line(to)?);
        Spread::of(values(ours).iter().zip(values(other)).map(|(ours, other)| ours / other))
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new([
            &format!("{}, median (min–max)", self.site),
            "messages",
            "messages/s",
            "ours is × as fast",
            "CPU µs a message",
            "peak MiB",
            "SQS requests a 1,000",
            "$ a million",
        ]);
        for line in &self.lines {
            table.row(self.cells(line));
        }
        table
    }

    fn cells(&self, line: &Line) -> Vec<String> {
        let spread = |values: &[f64], digits| {
            Spread::of(values.iter().copied()).map(|spread| spread.text(digits)).unwrap_or_default()
        };
        let ratio = self.ratio(&line.subject, |line| &line.rates);
        let peak = line.peaks.iter().copied().fold(0.0, f64::max);
        vec![
            line.subject.clone(),
            number(count(line.messages), 0),
            spread(&line.rates, 0),
            ratio.map(|ratio| format!("{:.2}", ratio.median)).unwrap_or_default(),
            spread(&line.cpu, 1),
            number(peak, 0),
            line.requests.map(|requests| number(requests, 0)).unwrap_or_default(),
            line.requests
                .map(|requests| format!("{:.3}", price::of_a_million_messages(requests)))
                .unwrap_or_default(),
        ]
    }
}

/// One turn. A rival may fail, and is left without rates; ours must not.
async fn once(site: &Site, subject: &Subject, line: &mut Line, turn: &str) -> Result<()> {
    let bed = site.bed().await?;
    fill(&bed, &site.endpoint, line.messages).await?;
    let mut running = [subject.start(&bed, &site.endpoint)?];
    let watched = window::watch_all(&bed, &mut running, &[], line.messages).await;
    let [running] = running;
    let peak = running.peak();
    running.kill().await?;
    match watched {
        Ok(window) => {
            let (rate, cpu) = (window.rate(), window.cpu_a_message(1));
            line.rates.push(rate);
            line.cpu.push(cpu);
            line.peaks.push(peak?);
            progress(format_args!("{}, {turn}: {} {rate:.0}/s, {cpu:.1} µs", site.name, subject.name));
        }
        Err(error) if [OURS, BARE].contains(&subject.name) => bail!(error),
        Err(error) => {
            line.rates.clear();
            progress(format_args!("{} is left out: {error:#}", subject.name));
        }
    }
    bed.remove().await
}

/// SQS requests for 1,000 messages, counted by a proxy while nobody measures time.
async fn requests(site: &Site, subject: &Subject) -> Result<f64> {
    let messages = subject.messages(COUNTED);
    let proxy = SqsProxy::start(&site.endpoint, 0)?;
    let bed = site.bed_at(&proxy.endpoint()).await?;
    fill(&bed, &site.endpoint, messages).await?;
    let before = proxy.handle().counts();
    let mut running = [subject.start(&bed, &proxy.endpoint())?];
    let watched = window::watch_all(&bed, &mut running, &[], messages).await;
    let after = proxy.handle().counts();
    let [running] = running;
    running.kill().await?;
    watched?;
    bed.remove().await?;
    price::requests_a_thousand(asked(&after) - asked(&before), messages)
}

/// All requests but those that ask for the queue's depth, which are the benchmark's own.
fn asked(counts: &Counts) -> u64 {
    counts.all_requests() - counts.requests_of(Operation::GetQueueAttributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject: &str, rates: [f64; 2]) -> Line {
        let (rates, cpu, peaks) = (rates.to_vec(), vec![1.0; 2], vec![1.0; 2]);
        Line { subject: subject.to_owned(), messages: 10, rates, cpu, peaks, requests: None }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let lines = vec![line(OURS, [100.0, 10.0]), line(BARE, [50.0, 10.0])];
        let drain = Drain { site: "here".to_owned(), lines };
        let ratio = drain.ratio(BARE, |line| &line.rates).unwrap();
        assert_eq!((ratio.min, ratio.max), (1.0, 2.0));
        assert_eq!(drain.ratio("nobody", |line| &line.rates), None);
    }
}
