//! What messages cost that come one by one, and what `--poll-linger` saves of it.

use std::time::Duration;

use anyhow::{Result, ensure};
use faultproxy::sqs::{Counts, Operation, SqsProxy};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep};

use crate::price;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{number, percentile};
use crate::subject::Subject;
use crate::table::Table;

const MESSAGES: usize = 2_000;
/// From one to the next.
const PAUSE: Duration = Duration::from_millis(10);
const LINGERS: [&str; 3] = ["0s", "50ms", "100ms"];
/// From the last send to the last row.
const LONGEST: Duration = Duration::from_mins(1);

/// What was seen with one linger.
#[derive(Clone, Debug)]
pub struct Trickle {
    linger: &'static str,
    /// SQS requests for 1,000 messages.
    requests: f64,
    /// Milliseconds from the send to the insert, sorted.
    lags: Vec<f64>,
}

impl Trickle {
    /// One after the other.
    pub async fn measure(site: &Site) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for linger in LINGERS {
            progress(format_args!("{}: messages one by one, --poll-linger {linger}", site.name));
            all.push(Self::once(site, linger).await?);
        }
        Ok(all)
    }

    async fn once(site: &Site, linger: &'static str) -> Result<Self> {
        let proxy = SqsProxy::start(&site.endpoint, 0)?;
        let bed = site.bed_at(&proxy.endpoint()).await?;
        let variables = [("POLL_LINGER", linger)];
        let mut running = Subject::ours()?.start_with(&bed, &proxy.endpoint(), &variables)?;
        send(&bed).await?;
        let sent = Instant::now();
        while bed.count().await? < MESSAGES {
            running.check()?;
            ensure!(sent.elapsed() < LONGEST, "not all that was sent is stored: {}", running.tail());
            sleep(PAUSE).await;
        }
        let requests = price::requests_a_thousand(asked(&proxy.handle().counts()), MESSAGES)?;
        running.kill().await?;
        let lags = lags(&bed).await?;
        bed.remove().await?;
        Ok(Self { linger, requests, lags })
    }

    /// For people.
    pub fn table(all: &[Self]) -> Table {
        let mut table = Table::new([
            "100 messages a second, one by one",
            "SQS requests a 1,000",
            "$ a million",
            "send to insert, p50 ms",
            "p99 ms",
        ]);
        for Self { linger, requests, lags } in all {
            let at = |share| number(percentile(lags, share).unwrap_or(f64::NAN), 0);
            let dollars = format!("{:.2}", price::of_a_million_messages(*requests));
            table.row([
                format!("`--poll-linger {linger}`"),
                number(*requests, 0),
                dollars,
                at(0.5),
                at(0.99),
            ]);
        }
        table
    }
}

/// Each in a call of its own, as many small producers do.
async fn send(bed: &TestEnv) -> Result<()> {
    let (mut sends, mut clock) = (JoinSet::new(), interval(PAUSE));
    for message in 0..MESSAGES {
        clock.tick().await;
        let send = bed.sqs.send_message().queue_url(&bed.queue_url);
        sends.spawn(send.message_body(format!("hello world {message}")).send());
    }
    for sent in sends.join_all().await {
        sent?;
    }
    Ok(())
}

/// The consumer's requests: all but those that send, and that ask how many are left.
pub(crate) fn asked(counts: &Counts) -> u64 {
    let own =
        [Operation::ReceiveMessage, Operation::DeleteMessageBatch, Operation::ChangeMessageVisibilityBatch];
    own.into_iter().map(|operation| counts.requests_of(operation)).sum()
}

async fn lags(bed: &TestEnv) -> Result<Vec<f64>> {
    let query =
        "SELECT TIMESTAMPDIFF(MICROSECOND, sent_at, created_at) / 1000.0 lag FROM messages ORDER BY lag";
    Ok(bed.connect().await?.query(query).await?)
}
