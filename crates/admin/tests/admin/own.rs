//! What a user adds: metrics and routes of their own.

use acquit_admin::{Admin, Token};
use axum::Router;
use axum::routing::{get, post};

use crate::fake::server;

#[tokio::test]
async fn a_users_metrics_end_what_is_scraped() {
    let (client, _server) = server(|admin| {
        admin.with_metrics(|| "shop_orders 7".into()).with_metrics(|| "shop_mails 8\n".into())
    })
    .await;
    let body = client.get("/metrics").await.body;
    assert!(
        body.starts_with("# HELP consumer_") && body.ends_with("\nshop_orders 7\nshop_mails 8\n"),
        "{body}"
    );
}

#[tokio::test]
async fn what_others_have_to_say_is_in_the_status_and_null_while_it_is_nothing() {
    let (client, _server) = server(|admin| {
        admin.with_status("outbox", || serde_json::json!({ "waiting": 7 })).with_status("shop", || None::<u8>)
    })
    .await;
    let status: serde_json::Value = serde_json::from_str(&client.get("/status").await.body).unwrap();
    assert_eq!((&status["outbox"]["waiting"], &status["shop"]), (&7.into(), &serde_json::Value::Null));
    assert_eq!(status["changes"], "open");
}

/// A server that asks for a token, with a user's routes beside its own.
fn with_shop(admin: Admin) -> Admin {
    let shop = Router::new()
        .route("/shop", get(async || "open"))
        .route("/shop/close", post(async || "closed"))
        .fallback(async || "the shop's own");
    let more = Router::new().route("/more/{number}", get(async || "more"));
    admin.with_token(Token::new("sesame")).with_routes(shop).with_routes(more)
}

#[tokio::test]
async fn a_users_routes_lie_beside_the_servers_and_ask_for_no_token() {
    let (client, _server) = server(with_shop).await;
    assert_eq!(client.get("/shop").await.body, "open");
    assert_eq!(client.post("/shop/close").await.body, "closed");
    assert_eq!(client.get("/more/1").await.body, "more");
    assert_eq!(client.get("/shop/close").await.status, 405);
    assert_eq!((client.get("/livez").await.status, client.post("/pause").await.status), (200, 401));
}

#[tokio::test]
async fn a_users_routes_are_kept_from_other_sites_names_and_a_fallback_of_theirs_is_not_used() {
    let (client, _server) = server(with_shop).await;
    assert_eq!(client.ask("GET", "/shop", &[("Host", "evil.example")]).await.status, 403);
    assert_eq!(client.get("/none").await.body, r#"{"error":"there is nothing here; see /"}"#);
}

#[tokio::test]
#[should_panic(expected = "Overlapping method route")]
async fn a_path_that_is_taken_is_refused_before_the_server_begins() {
    let own = Router::new().route("/status", get(async || "mine"));
    server(|admin| admin.with_routes(own)).await;
}
