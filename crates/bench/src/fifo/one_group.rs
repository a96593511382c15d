//! One group with SQS at a distance: nothing can be faster than ten messages for each receive and delete.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry as Entry, Message};
use faultproxy::sqs::{Fault, Rule, SqsProxy};
use proof::test_env::TestEnv;
use tokio::time::Instant;

use crate::filling::fill_groups;
use crate::say::progress;
use crate::site::{self, Site};
use crate::stats::{Spread, count, number};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

const MESSAGES: usize = 1_000;
/// What each call takes longer.
const AWAY: Duration = Duration::from_millis(20);

/// Rates of both, round by round.
#[derive(Debug)]
pub struct OneGroup {
    ours: Vec<f64>,
    calls: Vec<f64>,
}

impl OneGroup {
    /// Has the consumer and the mere calls take turns, each with a queue of its own.
    pub async fn measure(site: &Site, rounds: usize) -> Result<Self> {
        let proxy = SqsProxy::start(&site.endpoint, 0)?;
        proxy.handle().add(Rule::on_all(Fault::Delay(AWAY)));
        let mut seen = Self { ours: Vec::new(), calls: Vec::new() };
        for _ in 0..rounds {
            let (ours, calls) = (ours(site, &proxy).await?, calls(site, &proxy).await?);
            progress(format_args!("one group: ours {ours:.0}/s, calls alone {calls:.0}/s"));
            seen.ours.push(ours);
            seen.calls.push(calls);
        }
        Ok(seen)
    }

    /// Ours against the calls alone, round by round.
    pub fn ratio(&self) -> Option<f64> {
        Some(Spread::of(self.ours.iter().zip(&self.calls).map(|(ours, calls)| ours / calls))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading =
            format!("one group of {}, SQS {} ms away", number(count(MESSAGES), 0), AWAY.as_millis());
        let mut table = Table::new([&heading, "messages/s", "× calls alone"]);
        let ratio = self.ratio().map(|ratio| number(ratio, 2)).unwrap_or_default();
        for (name, rates, ratio) in
            [("ours", &self.ours, ratio.as_str()), ("a receive, a delete, and so on", &self.calls, "1.00")]
        {
            let rates = Spread::of(rates.iter().copied()).map(|spread| spread.text(0)).unwrap_or_default();
            table.row([name.to_owned(), rates, ratio.to_owned()]);
        }
        table
    }
}

async fn ours(site: &Site, proxy: &SqsProxy) -> Result<f64> {
    let bed = filled(site).await?;
    let mut running = [Subject::ours()?.start(&bed, &proxy.endpoint())?];
    let window = window::watch_all(&bed, &mut running, &[], MESSAGES).await?;
    let [running] = running;
    running.kill().await?;
    bed.remove().await?;
    Ok(window.rate())
}

/// The calls that each ten messages cannot do without, and nothing else.
async fn calls(site: &Site, proxy: &SqsProxy) -> Result<f64> {
    let (bed, sqs) = (filled(site).await?, site::client(&proxy.endpoint()).await);
    let (mut began, mut done) = (Instant::now(), 0);
    while done < MESSAGES {
        let taken = receive(&sqs, &bed.queue_url).await?;
        delete(&sqs, &bed.queue_url, &taken).await?;
        // The first ones also pay for the connection.
        if done == 0 {
            began = Instant::now();
        }
        done += taken.len();
    }
    let time = began.elapsed();
    bed.remove().await?;
    Ok(count(MESSAGES - MESSAGES.min(10)) / time.as_secs_f64())
}

async fn filled(site: &Site) -> Result<TestEnv> {
    let bed = site.fifo_bed().await?;
    fill_groups(&bed, 1, MESSAGES).await?;
    Ok(bed)
}

async fn receive(sqs: &Client, queue_url: &str) -> Result<Vec<Message>> {
    let ask = sqs.receive_message().queue_url(queue_url).max_number_of_messages(10).wait_time_seconds(5);
    let taken = ask.send().await?.messages.unwrap_or_default();
    ensure!(!taken.is_empty(), "the group is not handed out");
    Ok(taken)
}

async fn delete(sqs: &Client, queue_url: &str, taken: &[Message]) -> Result<()> {
    let entry = |(place, message): (usize, &Message)| -> Result<Entry> {
        let receipt = message.receipt_handle.as_deref().context("no receipt")?;
        Ok(Entry::builder().id(place.to_string()).receipt_handle(receipt).build()?)
    };
    let entries = taken.iter().enumerate().map(entry).collect::<Result<Vec<_>>>()?;
    let answer = sqs.delete_message_batch().queue_url(queue_url).set_entries(Some(entries)).send().await?;
    ensure!(answer.failed.is_empty(), "a message was not deleted");
    Ok(())
}
