//! Every answer has exactly the headers that it should have.

use crate::client::Answer;
use crate::fake::server;

/// Those of an answer with a body of so many bytes, beside `more`.
fn headers(content_type: &str, bytes: usize, more: &[&str]) -> Vec<String> {
    let own = [
        "cache-control: no-store".to_owned(),
        "connection: close".to_owned(),
        format!("content-length: {bytes}"),
        format!("content-type: {content_type}"),
        "x-content-type-options: nosniff".to_owned(),
    ];
    let mut all: Vec<_> = own.into_iter().chain(more.iter().map(|line| (*line).to_owned())).collect();
    all.sort_unstable();
    all
}

fn is_json(answer: &Answer, status: u16, body: &str, more: &[&str]) {
    let expected = (status, headers("application/json", body.len(), more));
    assert_eq!((answer.status, answer.headers.clone(), answer.body.as_str()), (expected.0, expected.1, body));
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let (client, _server) = server(|admin| admin).await;
    for (path, wrong, allowed) in [
        ("/", "POST", "GET, HEAD"),
        ("/livez", "POST", "GET, HEAD"),
        ("/readyz", "DELETE", "GET, HEAD"),
        ("/metrics", "PUT", "GET, HEAD"),
        ("/status", "OPTIONS", "GET, HEAD"),
        ("/log-level", "POST", "GET, HEAD, PUT"),
        ("/pause", "GET", "POST"),
        ("/resume", "PUT", "POST"),
        ("/accept-rejects", "GET", "POST"),
    ] {
        let body = format!("{{\"error\":\"the method must be {allowed}\"}}");
        is_json(&client.ask(wrong, path, &[]).await, 405, &body, &[&format!("allow: {allowed}")]);
    }
}

#[tokio::test]
async fn head_gets_the_headers_of_get_and_no_body() {
    let (client, _server) = server(|admin| admin).await;
    for path in ["/", "/livez", "/readyz", "/log-level"] {
        let (get, head) = (client.get(path).await, client.ask("HEAD", path, &[]).await);
        assert_eq!((head.status, &head.headers), (get.status, &get.headers), "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_refused_host_learns_nothing_of_the_path() {
    let (client, _server) = server(|admin| admin).await;
    let body = r#"{"error":"the Host must be localhost or an IP address where only this machine is served"}"#;
    for (method, path) in [("GET", "/status"), ("POST", "/status"), ("GET", "/pause"), ("GET", "/none")] {
        is_json(&client.ask(method, path, &[("Host", "evil.example")]).await, 403, body, &[]);
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_told_where_to_look() {
    let (client, _server) = server(|admin| admin).await;
    for path in ["/none", "/livez/", "/status/x"] {
        is_json(&client.get(path).await, 404, r#"{"error":"there is nothing here; see /"}"#, &[]);
    }
}

#[tokio::test]
async fn the_page_may_load_and_run_only_itself() {
    let (client, _server) = server(|admin| admin).await;
    let page = client.get("/").await;
    let says = |line: &str| page.headers.iter().any(|header| header.starts_with(line));
    assert!(says("content-type: text/html; charset=utf-8") && says("x-frame-options: DENY"));
    assert!(says("content-security-policy: default-src 'none'; style-src 'sha256-"));
    assert!(says("cross-origin-opener-policy: same-origin") && says("referrer-policy: no-referrer"));
}
