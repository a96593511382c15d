//! What is to be found under which path.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::LogControl;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

use crate::auth::Guard;
use crate::reply::{Reply, failure, json, not_allowed, refused, reply};
use crate::{exposition, page};
use engine::monitor::{Check, Monitor, Startup};

/// Bytes of a request's body.
const BODY_BYTES: usize = 4 << 10;
/// For a request's body.
const BODY: Duration = Duration::from_secs(5);
/// The text format's own.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that answers are made of.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) start: Arc<Startup>,
    /// What the start led to.
    pub(super) run: OnceLock<Arc<Monitor>>,
    pub(super) level: Option<Arc<dyn LogControl>>,
    pub(super) guard: Guard,
}

/// What `/status` says: a run, and how the server stands to those who want to change it.
#[derive(Serialize)]
struct Overview<S> {
    #[serde(flatten)]
    status: S,
    log_level: Option<String>,
    /// `open`, `token`, or `closed`.
    changes: &'static str,
}

/// As much of a run's status as there is before it.
#[derive(Serialize)]
struct Starting {
    state: &'static str,
    checks: Vec<Check>,
    version: &'static str,
    uptime: f64,
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
        let posts = *request.method() == Method::POST;
        match request.uri().path() {
            "/log-level" if *request.method() == Method::PUT => self.set_log_level(request).await,
            "/log-level" if !sees => not_allowed("GET, HEAD, PUT"),
            "/pause" if posts => self.change(&request, |run| pause(run, true)),
            "/resume" if posts => self.change(&request, |run| pause(run, false)),
            "/accept-rejects" if posts => self.change(&request, accept_rejects),
            "/pause" | "/resume" | "/accept-rejects" => not_allowed("POST"),
            "/" | "/livez" | "/readyz" | "/metrics" | "/status" if !sees => not_allowed("GET, HEAD"),
            "/" => page::page(),
            "/livez" => checked(&[self.live()]),
            "/readyz" => checked(&self.ready().await),
            "/metrics" => self.metrics().await,
            "/status" => self.status().await,
            "/log-level" => json(StatusCode::OK, &json!({ "log_level": self.log_level() })),
            _ => failure(StatusCode::NOT_FOUND, "there is nothing here; see /"),
        }
    }

    fn live(&self) -> Check {
        self.run.get().map_or_else(|| self.start.live(), |run| run.live())
    }

    async fn ready(&self) -> Vec<Check> {
        match self.run.get() {
            Some(run) => run.ready().await,
            None => self.start.ready(),
        }
    }

    async fn metrics(&self) -> Reply {
        let families = match self.run.get() {
            Some(run) => run.families().await,
            None => self.start.families(),
        };
        match exposition::text(&families) {
            Ok(text) => reply(StatusCode::OK, METRICS, text),
            Err(error) => failure(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }

    async fn status(&self) -> Reply {
        match self.run.get() {
            Some(run) => self.overview(run.status().await),
            None => self.overview(Starting {
                state: "starting",
                checks: self.start.ready(),
                version: env!("CARGO_PKG_VERSION"),
                uptime: self.start.began().1,
            }),
        }
    }

    fn overview(&self, status: impl Serialize) -> Reply {
        let overview = Overview { status, log_level: self.log_level(), changes: self.guard.says() };
        json(StatusCode::OK, &overview)
    }

    fn log_level(&self) -> Option<String> {
        self.level.as_ref().map(|level| level.get())
    }

    /// Has `change` done to the run, if this request may change something.
    fn change(&self, request: &Request<Incoming>, change: impl FnOnce(&Monitor) -> Reply) -> Reply {
        match (self.guard.permit(request.headers()), self.run.get()) {
            (Err(refusal), _) => refused(refusal),
            (Ok(()), Some(run)) => change(run),
            (Ok(()), None) => failure(StatusCode::SERVICE_UNAVAILABLE, "the consumer is still starting"),
        }
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
            Err(error) => failure(StatusCode::BAD_REQUEST, &error),
        }
    }
}

fn pause(run: &Monitor, paused: bool) -> Reply {
    let changed = if paused { run.pause() } else { run.resume() };
    if changed {
        tracing::info!("receiving {} by request", if paused { "paused" } else { "resumed" });
    }
    json(StatusCode::OK, &json!({ "paused": paused }))
}

/// Says whether anything was held that is rejected now.
fn accept_rejects(run: &Monitor) -> Reply {
    let accepted = run.accept_rejects();
    if accepted {
        tracing::warn!(
            "rejects accepted by request: what is held for them is dead-lettered if it is refused again"
        );
    }
    json(StatusCode::OK, &json!({ "accepted": accepted }))
}

/// Whether all is well, and each thing that was looked at.
fn checked(checks: &[Check]) -> Reply {
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &json!({ "ok": ok, "checks": checks }))
}
