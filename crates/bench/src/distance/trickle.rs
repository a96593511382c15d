//! Messages that come one by one at a distance: how long they take, and how many requests.

use anyhow::Result;
use faultproxy::sqs::SqsProxy;

use super::far::{Away, Far};
use crate::latency::Latency;
use crate::price;
use crate::say::progress;
use crate::site::Site;
use crate::stats::number;
use crate::subject::Subject;
use crate::table::Table;
use crate::trickle::asked;

/// Messages a second.
const RATE: usize = 100;

/// One subject.
#[derive(Clone, Debug)]
pub(super) struct Trickled {
    subject: &'static str,
    latency: Latency,
    /// SQS requests for 1,000 messages.
    pub requests: f64,
}

impl Trickled {
    /// Sends for so many seconds from nearby; the subject is `away`.
    pub(super) async fn measure(site: &Site, subject: &Subject, away: Away, seconds: usize) -> Result<Self> {
        progress(format_args!("{} ms away: {} at {RATE}/s for {seconds} s", away.text(), subject.name));
        let counter = SqsProxy::start(&site.endpoint, 0)?;
        let far = Far::start(&counter.endpoint(), away).await?;
        let bed = far.bed(site).await?;
        let running = subject.start(&bed, &far.endpoint())?;
        let latency = Latency::of(site, bed, running, RATE, seconds).await?;
        let requests = price::requests_a_thousand(asked(&counter.handle().counts()), RATE * (seconds + 1))?;
        Ok(Self { subject: subject.name, latency, requests })
    }

    /// Half of the messages take no longer, in milliseconds.
    pub(super) fn p50(&self) -> f64 {
        self.latency.at(0.5)
    }

    /// For people.
    pub(super) fn table(all: &[Self], away: Away) -> Table {
        let heading = format!("{RATE} messages a second, {} ms away", away.text());
        let mut table = Table::new([&heading, "send to row, p50 ms", "p99 ms", "SQS requests a 1,000"]);
        for Self { subject, latency, requests } in all {
            let at = |share| number(latency.at(share), 1);
            table.row([(*subject).to_owned(), at(0.5), at(0.99), number(*requests, 0)]);
        }
        table
    }
}
