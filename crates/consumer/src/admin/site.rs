//! What is to be found under which path.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::json;
use shared::telemetry::LogLevel;
use tokio::time::timeout;

use super::guard::Guard;
use super::reply::{Reply, failure, json, not_allowed, refused, reply};
use super::{exposition, page};
use crate::monitor::{Check, Monitor, Status};

/// Bytes of a request's body.
const BODY_BYTES: usize = 4 << 10;
/// For a request's body.
const BODY: Duration = Duration::from_secs(5);
/// The text format's own.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that answers are made of.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) monitor: Arc<Monitor>,
    pub(super) level: Option<LogLevel>,
    pub(super) guard: Guard,
}

/// A run, and how the server stands to those who want to change it.
#[derive(Serialize)]
struct Overview {
    #[serde(flatten)]
    status: Status,
    log_level: Option<String>,
    /// `open`, `token`, or `closed`.
    changes: &'static str,
}

impl Site {
    /// Answers one request.
    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let reply = match self.guard.admit(&request) {
            Ok(()) => self.route(request).await,
            Err(refusal) => refused(refusal),
        };
        tracing::debug!(%method, path, status = reply.status().as_u16(), "answered");
        reply
    }

    async fn route(&self, request: Request<Incoming>) -> Reply {
        let sees = matches!(*request.method(), Method::GET | Method::HEAD);
        match request.uri().path() {
            "/log-level" if *request.method() == Method::PUT => self.set_log_level(request).await,
            "/log-level" if !sees => not_allowed("GET, HEAD, PUT"),
            "/pause" if *request.method() == Method::POST => self.set_paused(&request, true),
            "/resume" if *request.method() == Method::POST => self.set_paused(&request, false),
            "/pause" | "/resume" => not_allowed("POST"),
            "/" | "/livez" | "/readyz" | "/metrics" | "/status" if !sees => not_allowed("GET, HEAD"),
            "/" => page::page(),
            "/livez" => checked(&[self.monitor.live()]),
            "/readyz" => checked(&self.monitor.ready().await),
            "/metrics" => self.metrics().await,
            "/status" => json(StatusCode::OK, &self.overview().await),
            "/log-level" => json(StatusCode::OK, &json!({ "log_level": self.log_level() })),
            _ => failure(StatusCode::NOT_FOUND, "there is nothing here; see /"),
        }
    }

    async fn metrics(&self) -> Reply {
        match exposition::text(&self.monitor).await {
            Ok(text) => reply(StatusCode::OK, METRICS, text),
            Err(error) => failure(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }

    async fn overview(&self) -> Overview {
        let status = self.monitor.status().await;
        Overview { status, log_level: self.log_level(), changes: self.guard.says() }
    }

    fn log_level(&self) -> Option<String> {
        self.level.as_ref().map(LogLevel::get)
    }

    fn set_paused(&self, request: &Request<Incoming>, paused: bool) -> Reply {
        if let Err(refusal) = self.guard.permit(request.headers()) {
            return refused(refusal);
        }
        let changed = if paused { self.monitor.pause() } else { self.monitor.resume() };
        if changed {
            tracing::info!("receiving {} by request", if paused { "paused" } else { "resumed" });
        }
        json(StatusCode::OK, &json!({ "paused": paused }))
    }

    async fn set_log_level(&self, request: Request<Incoming>) -> Reply {
        if let Err(refusal) = self.guard.permit(request.headers()) {
            return refused(refusal);
        }
        let Some(level) = &self.level else {
            return failure(StatusCode::NOT_FOUND, "the log level is not this server's to set");
        };
        let body = timeout(BODY, Limited::new(request.into_body(), BODY_BYTES).collect()).await;
        let Ok(Ok(body)) = body else {
            return failure(StatusCode::BAD_REQUEST, "the body is too long or too late");
        };
        let body = body.to_bytes();
        match level.set(&String::from_utf8_lossy(&body)) {
            Ok(()) => {
                tracing::info!(log_level = level.get(), "log level set by request");
                json(StatusCode::OK, &json!({ "log_level": level.get() }))
            }
            Err(error) => failure(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
}

/// Whether all is well, and each thing that was looked at.
fn checked(checks: &[Check]) -> Reply {
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &json!({ "ok": ok, "checks": checks }))
}
