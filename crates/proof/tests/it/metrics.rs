//! What `/metrics` says is well formed, is true, and costs the queue next to nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use engine::metrics::names::{ALL, IN_FLIGHT_BY_GROUP, Kind, Name};
use faultproxy::sqs::Operation;
use mysql_async::prelude::Queryable;
use tokio::time::sleep;

use crate::http::Admin;
use crate::scene::Scene;
use crate::support::{drained, eventually, greet, in_test_env};

/// Values by name with labels, as they stand in the text.
type Samples = BTreeMap<String, f64>;

/// Reads the text format: every sample belongs to a name that is documented before it, and all
/// samples of a name stand together.
fn parse(text: &str) -> Result<Samples> {
    let mut samples = Samples::new();
    let mut current: Option<&Name> = None;
    let mut seen = Vec::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').context("no help")?;
            let known =
                ALL.iter().find(|known| known.name == name).with_context(|| format!("unknown {name}"))?;
            ensure!(known.help == help && !seen.contains(&name), "{line}");
            seen.push(name);
            current = Some(known);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let known = current.context("a type without help")?;
            ensure!(
                kind == format!("{} {}", known.name, format!("{:?}", known.kind).to_lowercase()),
                "{line}"
            );
        } else {
            let (sample, value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
            check(sample, current.context("a sample without help")?)?;
            ensure!(samples.insert(sample.to_owned(), value.parse()?).is_none(), "twice: {line}");
        }
    }
    Ok(samples)
}

fn check(sample: &str, known: &Name) -> Result<()> {
    let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
    let suffix = name.strip_prefix(known.name).with_context(|| format!("{sample} under {}", known.name))?;
    let histogram = matches!(suffix, "_bucket" | "_sum" | "_count");
    ensure!(histogram == (known.kind == Kind::Histogram) && (histogram || suffix.is_empty()), "{sample}");
    for pair in labels.trim_end_matches('}').split("\",").filter(|pair| !pair.is_empty()) {
        let (label, _) = pair.split_once("=\"").with_context(|| sample.to_owned())?;
        ensure!(known.labels.contains(&label) || label == "le", "{label} in {sample}");
    }
    Ok(())
}

/// All samples of a name together.
fn sum(samples: &Samples, name: &str, with: &str) -> f64 {
    let of = |sample: &str| sample.split('{').next() == Some(name) && sample.contains(with);
    samples.iter().filter(|(sample, _)| of(sample)).map(|(_, value)| value).sum()
}

#[tokio::test]
async fn the_metrics_are_well_formed_and_true() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (message <> 'bad')").await?;
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        parse(&admin.get("/metrics").await?.body)?;
        greet(env, 500).await?;
        for body in ["bad", "good", "good"] {
            env.send(body, Some(body)).await?;
        }
        eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
        eventually("it seen", async || {
            let samples = parse(&admin.get("/metrics").await?.body)?;
            Ok(sum(&samples, "consumer_deleted_total", "") >= 503.0)
        })
        .await?;
        let samples = parse(&admin.get("/metrics").await?.body)?;
        let is = |name: &str, with: &str, value: f64| {
            let sum = sum(&samples, name, with);
            assert!((sum - value).abs() < 1e-9, "{name}{{{with}}} is {sum}, not {value}");
        };
        is("consumer_stored_total", "", 501.0);
        is("consumer_duplicates_total", "", 1.0);
        is("consumer_dead_lettered_total", "reason=\"data-error\"", 1.0);
        is("consumer_dead_lettered_total", "", 1.0);
        is("consumer_in_flight", "", 0.0);
        is("messaging_client_sent_messages_total", "-dlq\"", 1.0);
        is("consumer_receive_messages_sum", "", sum(&samples, "consumer_received_total", ""));
        is("consumer_lag_seconds_count", "", 501.0);
        let counts = scene.sqs.handle().counts();
        let sent = |operation| counts.requests_of(operation);
        is("consumer_sqs_requests_total", "\"delete\"", as_f64(sent(Operation::DeleteMessageBatch)));
        is("consumer_sqs_requests_total", "\"send\"", 1.0);
        // Everything is there, but what is there only of calls that failed and of releases, and what only
        // groups in flight have.
        for known in ALL.iter().filter(|known| known.name != IN_FLIGHT_BY_GROUP.name) {
            assert!(samples.keys().any(|sample| sample.starts_with(known.name)), "{} is missing", known.name);
        }
        drained(env, &mut scene.consumer).await
    })
    .await
}

#[tokio::test]
async fn the_queue_is_asked_for_its_depth_only_while_somebody_looks() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        let asked = || scene.sqs.handle().counts().requests_of(Operation::GetQueueAttributes);
        // At its start it reads the redrive policy.
        let before = asked();
        sleep(Duration::from_secs(3)).await;
        for path in ["/livez", "/readyz", "/", "/log-level"] {
            admin.get(path).await?;
        }
        assert_eq!(asked(), before);
        for _ in 0..20 {
            let samples = parse(&admin.get("/metrics").await?.body)?;
            assert!(samples.contains_key("consumer_queue_waiting"));
            admin.status().await?;
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(asked(), before + 1);
        assert_eq!(scene.consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[expect(clippy::cast_precision_loss, reason = "a few calls")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
