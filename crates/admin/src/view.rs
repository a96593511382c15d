//! What there is to see: health, metrics, status and the log level.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use crate::check::Check;
use crate::exposition;
use crate::reply::{failure, json, reply};
use crate::site::Site;

/// The text format's own.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What `/status` says: the runs, and how the server stands to those who want to change them.
#[derive(Serialize)]
struct Overview<S> {
    #[serde(flatten)]
    status: S,
    log_level: Option<String>,
    /// `open`, `token`, or `closed`.
    changes: &'static str,
    /// What others have to say.
    #[serde(flatten)]
    others: HashMap<&'static str, Value>,
}

/// As much of a run's status as there is before it, or where there never is one, as in a relay.
#[derive(Serialize)]
struct Starting {
    state: &'static str,
    checks: Vec<Check>,
    version: &'static str,
    uptime: f64,
}

pub(super) async fn live(State(site): State<Arc<Site>>) -> Response {
    match site.runs.get() {
        Some(runs) => checked(&runs.live()),
        None => checked(&Check::of(None, vec![site.start.live()])),
    }
}

pub(super) async fn ready(State(site): State<Arc<Site>>) -> Response {
    match site.runs.get() {
        Some(runs) => checked(&runs.ready().await),
        None => checked(&Check::of(None, site.start.ready())),
    }
}

pub(super) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let written = match site.runs.get() {
        Some(runs) => runs.metrics().await,
        None => exposition::text(&site.start.families()),
    };
    let own = site.metrics.iter().map(|metrics| metrics());
    match written {
        Ok(text) => reply(StatusCode::OK, METRICS, exposition::joined(text, own)),
        Err(error) => failure(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) async fn status(State(site): State<Arc<Site>>) -> Response {
    match site.runs.get() {
        Some(runs) => overview(&site, runs.status().await),
        None => overview(&site, starting(&site)),
    }
}

pub(super) async fn log_level(State(site): State<Arc<Site>>) -> Response {
    json(StatusCode::OK, &json!({ "log_level": site.log_level() }))
}

fn starting(Site { start, .. }: &Site) -> Starting {
    let checks = Check::of(None, start.ready());
    let state = match start.is_over() {
        false => "starting",
        true if checks.iter().all(|check| check.ok) => "at_work",
        true => "waiting",
    };
    Starting { state, checks, version: env!("CARGO_PKG_VERSION"), uptime: start.began().1 }
}

fn overview(site: &Site, status: impl Serialize) -> Response {
    let others = site.statuses.iter().map(|(name, status)| (*name, status())).collect();
    let overview = Overview { status, log_level: site.log_level(), changes: site.guard.says(), others };
    json(StatusCode::OK, &overview)
}

/// Whether all is well, and each thing that was looked at.
fn checked(checks: &[Check]) -> Response {
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &json!({ "ok": ok, "checks": checks }))
}
