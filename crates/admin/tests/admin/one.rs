//! A single run is shown as it is, without a word of others.

use crate::fake::{pipeline, server};

#[tokio::test]
async fn a_start_is_shown_until_there_is_a_run() {
    let (client, server) = server(|admin| admin).await;
    assert_eq!((client.get("/livez").await.status, client.get("/readyz").await.status), (200, 503));
    assert_eq!(client.get("/status").await.json()["state"], "starting");
    assert_eq!(client.post("/pause").await.status, 503);
    assert!(client.get("/metrics").await.body.contains("consumer_starting 1"));
    server.show_all(Vec::new());
    assert_eq!(client.get("/readyz").await.status, 503);
    let pipeline = pipeline("orders", 0, true);
    server.show(pipeline.monitor());
    assert_eq!(client.get("/readyz").await.status, 200);
    assert!(client.get("/metrics").await.body.contains("consumer_starting 0"));
}

#[tokio::test]
async fn one_run_has_no_queue_in_its_checks_and_metrics_however_it_is_shown() {
    let pipeline = pipeline("orders", 0, true);
    for by_name in [false, true] {
        let (client, server) = server(|admin| admin).await;
        if by_name {
            server.show_all(vec![("orders".to_owned(), pipeline.monitor())]);
        } else {
            server.show(pipeline.monitor());
        }
        let names: Vec<_> = client.get("/readyz").await.checks().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["database", "queue", "settlement", "breaker", "process"]);
        let status = client.get("/status").await.json();
        assert_eq!((&status["queue"], &status["changes"]), (&"orders".into(), &"open".into()));
        assert!(status.get("queues").is_none());
        assert!(!client.get("/metrics").await.body.contains("queue=\""));
    }
}

#[tokio::test]
async fn one_run_is_paused_with_or_without_its_queues_name_and_not_by_anothers() {
    let pipeline = pipeline("orders", 0, true);
    let (client, server) = server(|admin| admin).await;
    server.show(pipeline.monitor());
    assert_eq!(client.post("/pause?queue=mails").await.status, 404);
    assert_eq!(client.get("/status").await.json()["paused"], false);
    assert_eq!(client.post("/pause?queue=orders").await.body, r#"{"paused":true}"#);
    assert_eq!(client.get("/status").await.json()["paused"], true);
    assert_eq!(client.post("/resume").await.body, r#"{"paused":false}"#);
    assert_eq!(client.get("/status").await.json()["paused"], false);
    assert_eq!(client.post("/accept-rejects").await.body, r#"{"accepted":false}"#);
}
