//! What was promised, against what was measured.

use crate::distance::Distance;
use crate::drain::{Drain, Line};
use crate::findings::Findings;
use crate::mapping::Mapped;
use crate::producer::Producing;
use crate::relay::RelayFigures;
use crate::stats::{Spread, number};
use crate::subject::{BARE, OURS, TUNED};
use crate::table::Table;
use crate::transactions::Transactions;

/// One promise. `measured` is `None` where nobody looked.
struct Budget {
    name: &'static str,
    limit: &'static str,
    measured: Option<String>,
    reached: Option<bool>,
}

/// All of them, or only those that somebody looked at.
pub fn table(findings: &Findings, all: bool) -> Table {
    let fast = findings.drains.iter().find(|drain| drain.site == "fauxqs");
    let slow = findings.drains.iter().find(|drain| drain.site == "LocalStack");
    let mut table = Table::new(["budget", "limit", "measured", "reached"]);
    for budget in [
        speed("drain, against the tuned rival", "≥ 4 ×", fast, TUNED, 4.0),
        speed("drain, against the bare loop", "≥ 0.95 ×", fast, BARE, 0.95),
        cpu(fast),
        speed("drain on LocalStack, against the bare loop", "≥ 0.95 ×", slow, BARE, 0.95),
        requests(fast.or(slow)),
        idle(findings),
        peak(fast.or(slow)),
        latency(findings),
        transactions(findings),
        against_the_plain_loop(findings),
        relay_rate(findings),
        relay_lag(findings),
        relay_idle(findings),
        far_rivals(findings),
        far_limit(findings),
        far_latency(findings),
        far_requests(findings),
        far_memory(findings),
        growth(findings),
        order(findings),
        one_group(findings),
        quiet_tenant(findings),
        filled(findings),
        producer(findings),
        alone(findings),
        against_built_in(findings),
        against_bare(findings),
    ] {
        if budget.measured.is_none() && !all {
            continue;
        }
        let reached = budget.reached.map_or("", |reached| if reached { "yes" } else { "NO" });
        let measured = budget.measured.unwrap_or_else(|| "not measured".to_owned());
        table.row([budget.name.to_owned(), budget.limit.to_owned(), measured, reached.to_owned()]);
    }
    table
}

impl Budget {
    fn new(
        name: &'static str,
        limit: &'static str,
        value: Option<f64>,
        text: impl Fn(f64) -> String,
        reached: impl Fn(f64) -> bool,
    ) -> Self {
        Self { name, limit, measured: value.map(text), reached: value.map(reached) }
    }
}

fn median(spread: Option<Spread>) -> Option<f64> {
    spread.map(|spread| spread.median)
}

fn speed(name: &'static str, limit: &'static str, drain: Option<&Drain>, to: &str, least: f64) -> Budget {
    let ratio = drain.and_then(|drain| median(drain.ratio(to, |line| &line.rates)));
    Budget::new(name, limit, ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= least)
}

fn cpu(drain: Option<&Drain>) -> Budget {
    let ratio = drain.and_then(|drain| median(drain.ratio(BARE, |line| &line.cpu)));
    let name = "CPU a message, against the bare loop";
    Budget::new(name, "≤ 1.0 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio <= 1.0)
}

fn ours(drain: Option<&Drain>) -> Option<&Line> {
    drain?.line(OURS)
}

fn requests(drain: Option<&Drain>) -> Budget {
    let requests = ours(drain).and_then(|line| line.requests);
    let text = |requests| number(requests, 0);
    Budget::new("SQS requests for 1,000 messages, busy", "≤ 210", requests, text, |it| it <= 210.0)
}

fn idle(findings: &Findings) -> Budget {
    let requests = findings.idle.map(|idle| idle.requests.round());
    let text = |requests| number(requests, 0);
    Budget::new("SQS requests an hour, idle, 32 receivers", "180", requests, text, |it| it <= 180.0)
}

fn peak(drain: Option<&Drain>) -> Budget {
    let peak = ours(drain).map(|line| line.peaks.iter().copied().fold(0.0, f64::max));
    let text = |peak| format!("{peak:.1} MiB");
    Budget::new("resident memory under full load", "≤ 40 MiB", peak, text, |peak| peak <= 40.0)
}

fn latency(findings: &Findings) -> Budget {
    let slowest = findings.latencies.iter().find(|it| it.rate == 1 && it.site == "LocalStack");
    let p99 = slowest.map(|latency| latency.at(0.99));
    let text = |p99| format!("{p99:.1} ms");
    Budget::new("send to row at 1/s on the local stack, p99", "≤ 25 ms", p99, text, |p99| p99 <= 25.0)
}

fn transactions(findings: &Findings) -> Budget {
    let rate = findings.transactions.as_ref().and_then(Transactions::rate);
    let text = |rate| number(rate, 0);
    Budget::new("jobs with a transaction, a second", "≥ 3,000", rate, text, |rate| rate >= 3_000.0)
}

fn against_the_plain_loop(findings: &Findings) -> Budget {
    let ratio = findings.transactions.as_ref().and_then(Transactions::ratio);
    let name = "jobs with a transaction, against a plain loop";
    Budget::new(name, "≥ 2 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 2.0)
}

fn relay_rate(findings: &Findings) -> Budget {
    let rate = findings.relay.as_ref().and_then(RelayFigures::rate);
    let text = |rate| number(rate, 0);
    Budget::new("relay, rows a second", "≥ 5,000", rate, text, |rate| rate >= 5_000.0)
}

fn relay_lag(findings: &Findings) -> Budget {
    let p99 = findings.relay.as_ref().and_then(RelayFigures::p99);
    let text = |p99| format!("{p99:.1} ms");
    Budget::new("relay, commit to receive at 100/s, p99", "≤ 50 ms", p99, text, |p99| p99 <= 50.0)
}

fn relay_idle(findings: &Findings) -> Budget {
    let idle = findings.relay.as_ref().map(RelayFigures::idle);
    let text = |idle| number(idle, 2);
    Budget::new("relay, statements a second, idle", "≤ 2", idle, text, |idle| idle <= 2.0)
}

fn order(findings: &Findings) -> Budget {
    let ratio = findings.fifo.as_ref().and_then(|fifo| fifo.price.ratio());
    let name = "drain of 1,000 groups of a FIFO queue, against a standard queue";
    Budget::new(name, "≥ 0.7 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.7)
}

fn one_group(findings: &Findings) -> Budget {
    let ratio = findings.fifo.as_ref().and_then(|fifo| fifo.one_group.ratio());
    let name = "one group, SQS 20 ms away, against a receive and a delete for each ten";
    Budget::new(name, "≥ 0.8 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.8)
}

fn quiet_tenant(findings: &Findings) -> Budget {
    let ratio = findings.fifo.as_ref().and_then(|fifo| fifo.tenants.ratio());
    let name = "a quiet tenant's p99 beside a noisy one, against alone";
    Budget::new(name, "≤ 2 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio <= 2.0)
}

fn filled(findings: &Findings) -> Budget {
    let filled = findings.producing.as_ref().and_then(Producing::filled);
    let name = "messages a call, 200 callers of one producer";
    Budget::new(name, "≥ 9", filled, |filled| number(filled, 1), |filled| filled >= 9.0)
}

fn producer(findings: &Findings) -> Budget {
    let ratio = findings.producing.as_ref().and_then(Producing::ratio);
    let name = "200 callers of one producer, against `sender --rate max`";
    Budget::new(name, "≥ 0.8 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.8)
}

fn against_built_in(findings: &Findings) -> Budget {
    let ratio = findings.mapped.as_ref().and_then(Mapped::against_built_in);
    let name = "JSON in eight columns, against the built-in store";
    Budget::new(name, "≥ 0.6 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.6)
}

fn against_bare(findings: &Findings) -> Budget {
    let ratio = findings.mapped.as_ref().and_then(Mapped::against_bare);
    let name = "JSON in eight columns, against the bare SDK loop";
    Budget::new(name, "≥ 2 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 2.0)
}

fn alone(findings: &Findings) -> Budget {
    let delay = findings.producing.as_ref().and_then(Producing::delay);
    let name = "one caller alone, p50 beyond a bare SendMessage";
    Budget::new(name, "≤ 2 ms", delay, |delay| format!("{delay:.2} ms"), |delay| delay <= 2.0)
}

fn far_rivals(findings: &Findings) -> Budget {
    let ratio = findings.distance.as_ref().and_then(Distance::against_rivals);
    let name = "drain with SQS 20 ms away, against the best rival";
    Budget::new(name, "≥ 1.3 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 1.3)
}

fn far_limit(findings: &Findings) -> Budget {
    let ratio = findings.distance.as_ref().and_then(Distance::against_limit);
    let name = "drain with SQS 10, 20 and 80 ms away, against what the way or the machine allows";
    Budget::new(name, "≥ 0.9 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.9)
}

fn far_latency(findings: &Findings) -> Budget {
    let p50 = findings.distance.as_ref().and_then(Distance::p50);
    let text = |p50| format!("{p50:.1} ms");
    Budget::new("send to row at 100/s, SQS 20 ms away, p50", "≤ 13 ms", p50, text, |p50| p50 <= 13.0)
}

fn far_requests(findings: &Findings) -> Budget {
    let requests = findings.distance.as_ref().and_then(Distance::requests);
    let text = |requests| number(requests, 0);
    let name = "SQS requests for 1,000 messages, at 100/s, SQS 20 ms away";
    Budget::new(name, "≤ 1,505", requests, text, |requests| requests <= 1_505.0)
}

fn far_memory(findings: &Findings) -> Budget {
    let peak = findings.distance.as_ref().map(Distance::peak);
    let text = |peak| format!("{peak:.1} MiB");
    let name = "resident memory, bodies of 1 MiB, SQS 20 ms away";
    Budget::new(name, "≤ 100 MiB", peak, text, |peak| peak <= 100.0)
}

fn growth(findings: &Findings) -> Budget {
    let ratio = findings.growth.as_ref().map(crate::growth::Growth::ratio);
    let name = "insert rate on a large table, against an empty one";
    Budget::new(name, "≥ 0.9 ×", ratio, |ratio| format!("{ratio:.2} ×"), |ratio| ratio >= 0.9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject: &str, rate: f64, cpu: f64) -> Line {
        let (rates, cpu, peaks) = (vec![rate], vec![cpu], vec![17.0]);
        Line { subject: subject.to_owned(), messages: 10, rates, cpu, peaks, requests: Some(211.0) }
    }

    #[test]
    fn what_is_missed_is_said_and_what_nobody_looked_at_is_not_claimed() {
        let lines = vec![line(OURS, 96.0, 1.2), line(BARE, 100.0, 1.0)];
        let drains = vec![Drain { site: "fauxqs".to_owned(), lines }];
        let text = table(&Findings { drains, ..Findings::default() }, true).to_string();
        let of = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
        assert!(of("drain, against the bare").contains("0.96 × |     yes"), "{text}");
        assert!(of("CPU").contains("1.20 × |      NO"), "{text}");
        assert!(of("busy").contains("211 |      NO"), "{text}");
        assert!(of("tuned").contains("not measured |         |"), "{text}");
    }
}
