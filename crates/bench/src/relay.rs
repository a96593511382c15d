//! How fast a relay empties the outbox, how long a message is on its way, and what an idle relay asks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::queue::name_in;
use tokio::time::{Instant, interval, sleep};

use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number, percentile};
use crate::table::Table;

/// Rows a statement, when the outbox is filled.
const FILL: usize = 500;
/// Of the rows that have one.
const GROUPS: usize = 200;
/// Messages a second, where it is about how long each is on its way.
const RATE: usize = 100;
/// For all of that.
const LONGEST: Duration = Duration::from_mins(2);
/// After that a relay that has nothing to do is idle.
const SETTLE: Duration = Duration::from_secs(6);

/// What was seen.
#[derive(Clone, Debug)]
pub struct RelayFigures {
    site: &'static str,
    messages: usize,
    /// Rows a second without groups, and in groups.
    plain: Vec<f64>,
    grouped: Vec<f64>,
    /// Milliseconds from the commit to the receive, sorted.
    lags: Vec<f64>,
    /// Statements a second, when idle.
    idle: f64,
}

impl RelayFigures {
    /// Measures all of it.
    pub async fn measure(site: &Site, rounds: usize, messages: usize, idle: Duration) -> Result<Self> {
        let (mut plain, mut grouped) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            plain.push(emptied(site, messages, 0).await?);
            grouped.push(emptied(site, messages, GROUPS).await?);
        }
        let (lags, idle) = (lags(site).await?, idle_statements(site, idle).await?);
        Ok(Self { site: site.name, messages, plain, grouped, lags, idle })
    }

    /// Rows a second.
    pub fn rate(&self) -> Option<f64> {
        Spread::of(self.plain.iter().copied()).map(|spread| spread.median)
    }

    /// That which 99 of 100 messages do not exceed, in milliseconds.
    pub fn p99(&self) -> Option<f64> {
        percentile(&self.lags, 0.99)
    }

    /// Statements a second.
    pub fn idle(&self) -> f64 {
        self.idle
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["relay", self.site]);
        let spread = |values: &[f64]| Spread::of(values.iter().copied()).map(|spread| spread.text(0));
        let mut row = |name: String, value: String| table.row([name, value]);
        let messages = number(count(self.messages), 0);
        row(format!("rows/s, {messages} without a group"), spread(&self.plain).unwrap_or_default());
        row(format!("rows/s, {messages} in {GROUPS} groups"), spread(&self.grouped).unwrap_or_default());
        for share in [0.5, 0.99, 1.0] {
            let lag = number(percentile(&self.lags, share).unwrap_or(f64::NAN), 1);
            row(format!("commit to receive at {RATE}/s, ms, {share:.2} of them"), lag);
        }
        row("statements a second, idle".to_owned(), number(self.idle, 2));
        table
    }
}

fn relay(bed: &TestEnv, site: &Site) -> Result<Process> {
    let variables = [("AWS_ENDPOINT_URL", site.endpoint.as_str()), ("RUST_LOG", "warn,sender=info")];
    Process::start_with(bed, "sender", &["relay", "--admin-addr", "off"], &variables)
}

async fn begun(relay: &Process) -> Result<()> {
    let began = Instant::now();
    while !relay.log()?.contains("relaying") {
        ensure!(began.elapsed() < LONGEST, "the relay does not start: {}", relay.tail());
        sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Rows a second, from the start of the relay until none is left. Groups are those of a standard queue.
async fn emptied(site: &Site, messages: usize, groups: usize) -> Result<f64> {
    let bed = site.bed().await?;
    let mut database = bed.connect().await?;
    fill(&mut database, &bed, messages, groups).await?;
    let relay = relay(&bed, site)?;
    begun(&relay).await?;
    let began = Instant::now();
    while left(&mut database).await? > 0 {
        ensure!(began.elapsed() < LONGEST, "rows stay: {}", relay.tail());
        sleep(Duration::from_millis(10)).await;
    }
    let rate = count(messages) / began.elapsed().as_secs_f64();
    progress(format_args!("{}: relay, {groups} groups: {rate:.0} rows/s", site.name));
    let sent = bed.left().await?;
    ensure!(sent == messages, "{sent} on the queue of {messages}");
    drop(relay);
    bed.remove().await?;
    Ok(rate)
}

async fn fill(database: &mut Conn, bed: &TestEnv, messages: usize, groups: usize) -> Result<()> {
    let queue = name_in(&bed.queue_url);
    let row = |number: usize| {
        let group = if groups == 0 { "NULL".to_owned() } else { format!("'g-{}'", number % groups) };
        format!("('m-{number}', '{queue}', '{{\"message\": {number}}}', {group})")
    };
    let rows: Vec<_> = (0..messages).map(row).collect();
    for part in rows.chunks(FILL) {
        let insert = format!("INSERT INTO outbox (id, queue, body, group_id) VALUES {}", part.join(", "));
        database.query_drop(insert).await?;
    }
    Ok(())
}

async fn left(database: &mut Conn) -> Result<usize> {
    let seq: Option<usize> = database.query_first("SELECT 1 FROM outbox LIMIT 1").await?;
    Ok(seq.unwrap_or(0))
}

/// Of messages that are committed one by one.
async fn lags(site: &Site) -> Result<Vec<f64>> {
    let bed = site.bed().await?;
    let relay = relay(&bed, site)?;
    begun(&relay).await?;
    let messages = RATE * 20;
    progress(format_args!("{}: relay, {RATE} messages a second", site.name));
    let publishing = publish(&bed, messages);
    let (received, ()) = tokio::try_join!(receive(&bed, messages), publishing)?;
    drop(relay);
    bed.remove().await?;
    // What was sent in the first second found connections that were yet to be made.
    let mut lags = received.get(RATE..).unwrap_or_default().to_vec();
    lags.sort_by(f64::total_cmp);
    Ok(lags)
}

async fn publish(bed: &TestEnv, messages: usize) -> Result<()> {
    let mut database = bed.connect().await?;
    let (queue, mut clock) =
        (name_in(&bed.queue_url), interval(Duration::from_secs(1) / u32::try_from(RATE)?));
    for number in 0..messages {
        clock.tick().await;
        let at = now();
        let insert = format!("INSERT INTO outbox (id, queue, body) VALUES ('m-{number}', '{queue}', '{at}')");
        database.query_drop(insert).await?;
    }
    Ok(())
}

/// Milliseconds that each was on its way, its commit and its receive included, in the order of receives.
async fn receive(bed: &TestEnv, messages: usize) -> Result<Vec<f64>> {
    let (mut lags, began) = (Vec::new(), Instant::now());
    while lags.len() < messages {
        ensure!(began.elapsed() < LONGEST, "only {} messages have come", lags.len());
        let ask = bed.sqs.receive_message().queue_url(&bed.queue_url).max_number_of_messages(10);
        let answer = ask.wait_time_seconds(5).visibility_timeout(600).send().await?;
        let at = now();
        for message in answer.messages.unwrap_or_default() {
            let sent: f64 = message.body.context("no body")?.parse()?;
            lags.push(at - sent);
        }
    }
    Ok(lags)
}

/// Milliseconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
}

/// Statements a second of all that the server is asked meanwhile, this question aside.
async fn idle_statements(site: &Site, time: Duration) -> Result<f64> {
    let bed = site.bed().await?;
    let mut database = bed.connect().await?;
    let relay = relay(&bed, site)?;
    begun(&relay).await?;
    progress(format_args!("{}: relay, idle for {} s", site.name, (SETTLE + time).as_secs()));
    sleep(SETTLE).await;
    let (before, began) = (questions(&mut database).await?, Instant::now());
    sleep(time).await;
    let asked = questions(&mut database).await? - before - 1.0;
    let rate = asked / began.elapsed().as_secs_f64();
    drop(relay);
    bed.remove().await?;
    Ok(rate)
}

async fn questions(database: &mut Conn) -> Result<f64> {
    let row: Option<(String, f64)> = database.query_first("SHOW GLOBAL STATUS LIKE 'Questions'").await?;
    row.map(|(_, questions)| questions).context("the server does not count its statements")
}
