//! How fast JSON gets into the columns of a table, beside the built-in store and a bare loop.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry as Entry};
use mysql_async::prelude::Queryable;
use shared::message::{DEDUP_ID, DedupId};

use crate::filling::fill_with;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

/// Bytes of a body.
const BODY: usize = 1_000;

const TABLE: &str = "CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, \
     customer VARCHAR(40) CHARACTER SET utf8mb4 NOT NULL, total DECIMAL(12,2) NULL, placed_at DATETIME(3) NULL, \
     paid BOOLEAN NOT NULL, source VARCHAR(10) NOT NULL, message BINARY(16) NOT NULL, \
     raw MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL) ENGINE = InnoDB";

const MAPPING: &str = r#"table = "orders"
[columns]
id        = "/order/id"
customer  = { from = "/order/customer", as = "text" }
total     = { from = "/order/total", as = "decimal" }
placed_at = { from = "/order/placed_at", as = "time" }
paid      = { from = "/order/paid", as = "boolean" }
source    = { value = "shop" }
message   = { from = "dedup-id", as = "binary" }
raw       = "body"
"#;

/// One subject over all rounds.
#[derive(Clone, Debug)]
struct Line {
    name: &'static str,
    /// The table that it fills.
    table: &'static str,
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Mapped {
    site: &'static str,
    messages: usize,
    /// With a mapping, the built-in store, the bare loop.
    lines: [Line; 3],
}

/// A mapping's file, for as long as it is needed.
struct File(PathBuf);

impl File {
    fn write() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("mapping-{}.toml", std::process::id()));
        std::fs::write(&path, MAPPING)?;
        Ok(Self(path))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Mapped {
    /// Has the three take turns, each with a queue and tables of its own.
    pub async fn measure(site: &Site, rounds: usize, messages: usize) -> Result<Self> {
        let subjects = [Subject::ours()?, Subject::ours()?, Subject::mapped_loop()?];
        let line = |name, table| Line { name, table, rates: Vec::new(), cpu: Vec::new() };
        let lines = [
            line("ours, mapped", "orders"),
            line("ours, built-in", "messages"),
            line("bare SDK loop", "orders"),
        ];
        let (file, mut all) = (File::write()?, Self { site: site.name, messages, lines });
        // Emulators are slow at what they do for the first time.
        once(site, &subjects[0], &file, &mut all.lines[0].clone(), messages).await?;
        for round in 0..rounds {
            for turn in 0..3 {
                let turn = (round + turn) % 3;
                once(site, &subjects[turn], &file, &mut all.lines[turn], messages).await?;
            }
        }
        Ok(all)
    }

    /// The mapped rate against that of the built-in store, round by round.
    pub fn against_built_in(&self) -> Option<f64> {
        self.ratio(1)
    }

    /// The same against the bare loop.
    pub fn against_bare(&self) -> Option<f64> {
        self.ratio(2)
    }

    fn ratio(&self, other: usize) -> Option<f64> {
        let rounds = self.lines[0].rates.iter().zip(&self.lines[other].rates);
        Some(Spread::of(rounds.map(|(mapped, other)| mapped / other))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading = format!("JSON of 1 kB, {}, median (min–max)", self.site);
        let mut table =
            Table::new([&heading, "messages", "messages/s", "mapped is × as fast", "CPU µs each"]);
        for (place, line) in self.lines.iter().enumerate() {
            let ratio = if place == 0 { Some(1.0) } else { self.ratio(place) };
            let spread = |values: &[f64]| Spread::of(values.iter().copied()).map(|spread| spread.text(0));
            table.row([
                line.name.to_owned(),
                number(count(self.messages), 0),
                spread(&line.rates).unwrap_or_default(),
                ratio.map(|ratio| number(ratio, 2)).unwrap_or_default(),
                spread(&line.cpu).unwrap_or_default(),
            ]);
        }
        table
    }
}

/// One turn, in which each message becomes a row.
async fn once(site: &Site, subject: &Subject, file: &File, line: &mut Line, messages: usize) -> Result<()> {
    let bed = site.bed().await?;
    bed.connect().await?.query_drop(TABLE).await?;
    fill_with(&bed, messages, |number| number, entry).await?;
    let path = file.0.to_string_lossy();
    let variables = [("MAPPING", &*path)];
    let is_mapped = line.name == "ours, mapped";
    let variables = if is_mapped { &variables[..] } else { &[] };
    let mut running = [subject.start_with(&bed, &site.endpoint, variables)?];
    let window = window::watch(&bed, &mut running, &[], messages).await?;
    let [running] = running;
    running.kill().await?;
    let (rate, cpu) = (window.rate(), window.cpu_a_message(1));
    line.rates.push(rate);
    line.cpu.push(cpu);
    progress(format_args!("{}: {} {rate:.0} messages/s, {cpu:.1} µs", site.name, line.name));
    for table in [Some(line.table), is_mapped.then_some("inbox")].into_iter().flatten() {
        let query = format!("SELECT COUNT(*) FROM {table}");
        let rows: Option<usize> = bed.connect().await?.query_first(query).await?;
        ensure!(rows == Some(messages), "{rows:?} rows of {table} for {messages} messages");
    }
    bed.remove().await
}

fn entry(number: usize) -> Result<Entry> {
    let id = MessageAttributeValue::builder().data_type("String");
    let id = id.string_value(DedupId::generate().to_string()).build()?;
    let entry = Entry::builder().id(number.to_string()).message_body(body(number));
    Ok(entry.message_attributes(DEDUP_ID, id).build()?)
}

fn body(number: usize) -> String {
    let order = format!(
        r#"{{"order": {{"id": {number}, "customer": "customer {number}", "total": "{number}.25", "placed_at": "2026-11-27T05:44:54.123Z", "paid": true}}, "note": ""#
    );
    let rest = BODY.saturating_sub(order.len() + 2);
    format!("{order}{}\"}}", "x".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_a_kilobyte() {
        let body = body(12_345);
        assert_eq!(body.len(), BODY);
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["order"]["id"], 12_345);
    }
}
