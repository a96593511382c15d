//! A message is followed from the sender to the row, where the standard variables ask for it, and
//! nobody has to wait for the collector.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::net::TcpListener;

use crate::collector::{Collector, attribute};
use crate::support::{drained, eventually, in_test_env};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

async fn send(env: &TestEnv, count: &str, variables: &[(&str, &str)]) -> Result<Process> {
    let mut sender = Process::start_with(env, "sender", &["--rate", "max", "--count", count], variables)?;
    let ended = sender.ended(Duration::from_secs(40)).await?;
    ensure!(ended.success(), "the sender failed: {}", sender.tail());
    Ok(sender)
}

async fn consume(env: &TestEnv, variables: &[(&str, &str)]) -> Result<Process> {
    let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], variables)?;
    drained(env, &mut consumer).await?;
    Ok(consumer)
}

fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn expect(span: &Span, kind: SpanKind, attributes: &[(&str, &str)]) {
    assert_eq!(span.kind(), kind, "{span:?}");
    for (name, value) in attributes.iter().chain(&[("messaging.system", "aws_sqs")]) {
        assert_eq!(attribute(&span.attributes, name).as_deref(), Some(*value), "{name} of {span:?}");
    }
    let address = attribute(&span.attributes, "server.address");
    assert!(address.is_some_and(|address| !address.contains(':')), "{span:?}");
}

fn links_to(span: &Span, origin: &Span) -> bool {
    span.links.iter().any(|link| link.trace_id == origin.trace_id && link.span_id == origin.span_id)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn one_message_is_one_trace_from_the_sender_to_the_row() -> Result<()> {
    in_test_env(async |env| {
        let (collector, queue) = (Collector::start().await?, name_in(&env.queue_url));
        let variables = [(ENDPOINT, &*collector.endpoint())];
        send(env, "1", &variables).await?;
        consume(env, &variables).await?;
        let sent = collector.only("sender", &format!("send {queue}"))?;
        let received = collector.only("consumer", &format!("receive {queue}"))?;
        let processed = collector.only("consumer", &format!("process {queue}"))?;
        let deleted = collector.only("consumer", &format!("delete {queue}"))?;
        for (span, name, of_type, kind) in [
            (&sent, "send", "send", SpanKind::Producer),
            (&received, "receive", "receive", SpanKind::Client),
            (&processed, "process", "process", SpanKind::Consumer),
            (&deleted, "delete", "settle", SpanKind::Client),
        ] {
            let attributes = [
                ("messaging.operation.name", name),
                ("messaging.operation.type", of_type),
                ("messaging.destination.name", queue),
                ("messaging.batch.message_count", "1"),
            ];
            expect(span, kind, &attributes);
            assert_eq!(attribute(&span.attributes, "error.type"), None, "{span:?}");
        }
        assert_eq!((&processed.trace_id, &processed.parent_span_id), (&sent.trace_id, &sent.span_id));
        assert!(links_to(&processed, &sent) && links_to(&received, &sent));
        assert!(attribute(&processed.attributes, "messaging.message.id").is_some());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_batch_is_linked_to_where_each_of_its_messages_was_created() -> Result<()> {
    in_test_env(async |env| {
        let (collector, queue) = (Collector::start().await?, name_in(&env.queue_url));
        let endpoint = collector.endpoint();
        let variables = [(ENDPOINT, &*endpoint), ("OTEL_SERVICE_NAME", "greeter")];
        send(env, "40", &variables).await?;
        consume(env, &[(ENDPOINT, &endpoint), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=keeper,a=b")])
            .await?;
        let sent = collector.named("greeter", &format!("send {queue}"));
        assert_eq!(sent.len(), 4);
        for name in ["receive", "process"] {
            let spans = collector.named("keeper", &format!("{name} {queue}"));
            assert_eq!(spans.iter().map(|span| span.links.len()).sum::<usize>(), 40, "{name}");
            for span in &spans {
                let known = |link: &_| sent.iter().any(|sent| has_span_id(link, sent));
                assert!(span.links.iter().all(known), "{span:?}");
                let count = attribute(&span.attributes, "messaging.batch.message_count");
                assert_eq!(count, Some(span.links.len().to_string()));
                assert!(span.links.len() == 1 || span.parent_span_id.is_empty());
            }
        }
        Ok(())
    })
    .await
}

fn has_span_id(link: &opentelemetry_proto::tonic::trace::v1::span::Link, span: &Span) -> bool {
    link.span_id == span.span_id && link.trace_id == span.trace_id
}

#[tokio::test]
async fn a_dead_letter_stays_in_its_trace_and_so_does_its_log_line() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (message <> 'hello world 1')").await?;
        let (collector, queue) = (Collector::start().await?, name_in(&env.queue_url));
        let variables = [(ENDPOINT, &*collector.endpoint()), ("LOG_FORMAT", "json")];
        send(env, "1", &variables).await?;
        let consumer = consume(env, &variables).await?;
        let sent = collector.only("sender", &format!("send {queue}"))?;
        let processed = collector.only("consumer", &format!("process {queue}"))?;
        assert_eq!(attribute(&processed.attributes, "error.type").as_deref(), Some("data-error"));
        let dead_letters = name_in(&env.dead_letter_url);
        let sent_on = collector.only("consumer", &format!("send {dead_letters}"))?;
        expect(&sent_on, SpanKind::Client, &[("messaging.destination.name", dead_letters)]);
        assert!(sent_on.trace_id == sent.trace_id && links_to(&sent_on, &sent));
        let letters = env.take_dead_letters().await?;
        let carried = letters[0].message_attributes().and_then(|all| all.get("traceparent"));
        let traceparent = format!("00-{}-{}-01", hex(&sent.trace_id), hex(&sent.span_id));
        assert_eq!(carried.and_then(|value| value.string_value()), Some(&*traceparent));
        let log = consumer.log()?;
        let line = log.lines().find(|line| line.contains("not stored")).context("no line")?;
        let line: serde_json::Value = serde_json::from_str(line)?;
        assert_eq!(line["trace_id"], hex(&sent.trace_id), "{line}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_the_variables_a_message_carries_its_name_and_nothing_else() -> Result<()> {
    in_test_env(async |env| {
        let collector = Collector::start().await?;
        let off = [(ENDPOINT, &*collector.endpoint()), ("OTEL_SDK_DISABLED", "true")];
        for variables in [&[] as &[(&str, &str)], &off] {
            send(env, "1", variables).await?;
            let ask = env.sqs.receive_message().queue_url(&env.queue_url).message_attribute_names("All");
            let messages = ask.visibility_timeout(600).wait_time_seconds(5).send().await?.messages;
            let messages = messages.unwrap_or_default();
            let attributes = messages.first().and_then(|message| message.message_attributes());
            let names: Vec<_> = attributes.context("no attributes")?.keys().collect();
            assert_eq!(names, ["dedup-id"]);
        }
        assert!(collector.spans("sender").is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_collector_that_is_not_there_keeps_nobody_from_the_work() -> Result<()> {
    in_test_env(async |env| {
        let variables = [(ENDPOINT, "http://127.0.0.1:9"), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        let sender = send(env, "200", &variables).await?;
        let arguments = ["--wait-time", "1s", "--admin-addr", "off"];
        let mut consumer = Process::start_with(env, "consumer", &arguments, &variables)?;
        eventually("all rows", async || Ok(env.count().await? == 200)).await?;
        send(env, "50", &[]).await?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 250);
        for log in [sender.log()?, consumer.log()?] {
            assert_eq!(log.matches("spans are lost").count(), 1, "{log}");
            assert_eq!(log.matches("WARN").count() + log.matches("ERROR").count(), 1, "{log}");
        }
        Ok(())
    })
    .await
}

/// Its answer would be awaited for ten minutes: whoever waited for it would miss the grace.
#[tokio::test]
async fn a_collector_that_never_answers_does_not_hold_up_the_end() -> Result<()> {
    in_test_env(async |env| {
        // The system accepts for it, and nobody reads.
        let silent = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", silent.local_addr()?);
        let variables = [(ENDPOINT, &*endpoint), ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000")];
        send(env, "200", &variables).await?;
        consume(env, &variables).await?;
        assert_eq!(env.count().await?, 200);
        Ok(())
    })
    .await
}
