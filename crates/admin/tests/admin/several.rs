//! Two pipelines behind one server: what is told of each, and what may be done to each.

use std::time::Duration;

use acquit_admin::Server;
use engine::pipeline::Pipeline;
use serde_json::Value;
use tokio::time::timeout;

use crate::client::Client;
use crate::fake::{pipeline, server};

/// Three orders and five mails; the database of the mails may be away.
struct Two {
    client: Client,
    _server: Server,
    _pipelines: [Pipeline; 2],
}

async fn two(mails_work: bool) -> Two {
    let pipelines = [pipeline("orders", 3, true), pipeline("mails", 5, mails_work)];
    let (client, server) = server(|admin| admin).await;
    let [orders, mails] = pipelines.each_ref().map(Pipeline::monitor);
    server.show_all(vec![("orders".to_owned(), orders), ("mails".to_owned(), mails)]);
    Two { client, _server: server, _pipelines: pipelines }
}

impl Two {
    async fn paused(&self) -> [bool; 2] {
        let status = self.client.get("/status").await.json();
        ["orders", "mails"].map(|queue| status["queues"][queue]["paused"] == true)
    }
}

/// The scrape once both queues are empty.
async fn scraped(client: Client) -> String {
    let all = ["consumer_deleted_total{queue=\"orders\"} 3\n", "consumer_deleted_total{queue=\"mails\"} 5\n"];
    let scrape = async {
        loop {
            let text = client.get("/metrics").await.body;
            if all.iter().all(|line| text.contains(line)) {
                return text;
            }
        }
    };
    timeout(Duration::from_mins(1), scrape).await.expect("the messages are deleted")
}

#[tokio::test]
async fn each_queue_has_its_own_metrics_and_the_process_has_its_own_once() {
    let two = two(true).await;
    let text = scraped(two.client).await;
    for (sample, times) in [
        ("consumer_received_total{queue=\"orders\"} 3\n", 1),
        ("consumer_received_total{queue=\"mails\"} 5\n", 1),
        ("# TYPE consumer_received_total counter\n", 1),
        ("_name=\"process\",messaging_destination_name=\"mails\",queue=\"mails\",le=\"+Inf\"} ", 1),
        ("\nconsumer_build_info{version=", 1),
        ("\nprocess_start_time_seconds ", 1),
        ("\nconsumer_starting 0\n", 1),
    ] {
        assert_eq!(text.matches(sample).count(), times, "{sample} in {text}");
    }
    let samples = text.lines().filter(|line| line.starts_with("consumer_live"));
    assert!(samples.eq(["consumer_live{queue=\"orders\"} 1", "consumer_live{queue=\"mails\"} 1"]));
}

#[tokio::test]
async fn the_status_has_each_run_under_its_queues_name() {
    let two = two(true).await;
    scraped(two.client).await;
    let status = two.client.get("/status").await.json();
    let names: Vec<_> = status.as_object().unwrap().keys().collect();
    assert_eq!(names, ["changes", "log_level", "queues"]);
    let of = |queue: &str, what: &str| status["queues"][queue]["totals"][what].clone();
    assert_eq!((of("orders", "deleted"), of("mails", "deleted")), (3.into(), 5.into()));
    assert_eq!(status["queues"]["mails"]["queue"], Value::from("mails"));
}

#[tokio::test]
async fn health_is_the_sum_of_all_queues_and_says_whose_check_failed() {
    let (well, ill) = (two(true).await, two(false).await);
    assert_eq!(well.client.get("/readyz").await.status, 200);
    let ready = ill.client.get("/readyz").await;
    let failed = ready.checks().into_iter().filter(|(_, ok)| !ok).map(|(name, _)| name);
    assert_eq!((ready.status, failed.collect::<Vec<_>>()), (503, vec!["mails/database".to_owned()]));
    let live = ill.client.get("/livez").await;
    let polling = [("orders/polling".to_owned(), true), ("mails/polling".to_owned(), true)];
    assert_eq!((live.status, live.checks()), (200, polling.into()));
}

#[tokio::test]
async fn what_is_posted_acts_on_all_queues_or_on_those_named() {
    let two = two(true).await;
    assert_eq!(two.client.post("/pause?queue=mails").await.body, r#"{"paused":true}"#);
    assert_eq!(two.paused().await, [false, true]);
    two.client.post("/pause").await;
    assert_eq!(two.paused().await, [true, true]);
    two.client.post("/resume?queue=orders").await;
    assert_eq!(two.paused().await, [false, true]);
    two.client.post("/resume").await;
    assert_eq!(two.paused().await, [false, false]);
    assert_eq!(two.client.post("/accept-rejects?queue=orders").await.body, r#"{"accepted":false}"#);
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_named_and_nothing_is_changed() {
    let two = two(true).await;
    for path in ["/pause", "/resume", "/accept-rejects"] {
        let answer = two.client.post(&format!("{path}?queue=orders&queue=none")).await;
        let reason = r#"{"error":"there is no queue none here; see /status"}"#;
        assert_eq!((answer.status, answer.body.as_str()), (404, reason), "{path}");
    }
    assert_eq!(two.paused().await, [false, false]);
}
