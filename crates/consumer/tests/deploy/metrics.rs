//! Alerts and dashboard speak of metrics that there are.

use std::collections::BTreeSet;

use engine::metrics::names::{Kind, Name};
use outbound::relay::names::ALL as OF_RELAY;
use serde_json::Value;

use crate::{read, values};

const ALERTS: &str = "deploy/prometheus/alerts.yaml";
const TESTS: &str = "deploy/prometheus/alerts.test.yaml";
const DASHBOARD: &str = "deploy/grafana/dashboard.json";

/// Of a worker, and of its relay.
fn all() -> impl Iterator<Item = &'static Name> {
    engine::metrics::names::ALL.iter().chain(OF_RELAY)
}

/// Words that are metrics or their labels, judged by how they begin.
fn words(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| {
            ["consumer_", "messaging_", "outbox_", "process_"].iter().any(|start| word.starts_with(start))
        })
        .collect()
}

/// What can be asked for.
fn exported() -> BTreeSet<String> {
    let samples = all().flat_map(|known| {
        let suffixes: &[_] =
            if known.kind == Kind::Histogram { &["_bucket", "_sum", "_count"] } else { &[""] };
        suffixes.iter().map(|suffix| format!("{}{suffix}", known.name))
    });
    let labels = all().flat_map(|known| known.labels).map(|&label| label.to_owned());
    samples.chain(labels).collect()
}

fn unknown<'a>(text: &'a str, known: &BTreeSet<String>) -> Vec<&'a str> {
    words(text).into_iter().filter(|word| !known.contains(*word)).collect()
}

/// Labels that are grouped by and that no metric has, nor Prometheus adds.
fn unknown_labels(text: &str) -> BTreeSet<&str> {
    let lists = text.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
    let labels = lists.flat_map(|list| list.split(',').map(str::trim));
    let known: BTreeSet<_> = all().flat_map(|known| known.labels).copied().collect();
    labels.filter(|label| !known.contains(label) && !["job", "instance", "le"].contains(label)).collect()
}

/// The expressions of the alerts: from `expr:` to the next key.
fn rules(text: &str) -> String {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        inside = line.starts_with("expr:") || inside && !line.starts_with("for:") && line != "labels:";
        inside
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// All that stands under one of `keys`, wherever it does.
fn under<'a>(value: &'a Value, keys: &[&str], found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(value.as_str().filter(|_| keys.contains(&key.as_str())));
                under(value, keys, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| under(value, keys, found)),
        _ => {}
    }
}

#[test]
fn alerts_ask_only_for_metrics_that_are_exported() {
    let (alerts, tests) = (read(ALERTS), read(TESTS));
    let rules = rules(&alerts);
    assert!(words(&rules).len() > 10, "{rules}");
    assert_eq!(unknown(&rules, &exported()), [""; 0]);
    assert_eq!(unknown_labels(&rules), [].into());
    assert_eq!(unknown(&tests, &exported()), [""; 0]);
}

#[test]
fn runbooks_name_only_metrics_that_are_exported() {
    let names = all().map(|known| known.name.to_owned());
    assert_eq!(unknown(&read(ALERTS), &exported().into_iter().chain(names).collect()), [""; 0]);
}

#[test]
fn the_dashboard_asks_only_for_metrics_that_are_exported() {
    let text = read(DASHBOARD);
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut asked = Vec::new();
    under(&dashboard, &["expr", "query", "definition"], &mut asked);
    assert!(asked.len() > 30, "{asked:?}");
    let asked = asked.join("\n");
    assert_eq!(unknown(&asked, &exported()), [""; 0]);
    assert_eq!(unknown_labels(&asked), [].into());
}

#[test]
fn every_alert_has_a_runbook_and_a_test() {
    let (alerts, tests) = (read(ALERTS), read(TESTS));
    let names = values(&alerts, "- alert:");
    assert!(names.len() > 10);
    assert_eq!(alerts.matches("          runbook: ").count(), names.len());
    for name in names {
        assert!(tests.contains(&format!("alertname=\"{name}\"")), "{name} has no test");
    }
}
