//! What may be changed: receiving, held rejects and the log level. Each request is checked first.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use engine::monitor::Monitor;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::reply::{failure, json, refused};
use crate::runs::Run;
use crate::site::Site;

/// Bytes of a request's body.
const BODY_BYTES: usize = 4 << 10;
/// For a request's body.
const BODY: Duration = Duration::from_secs(5);

pub(super) async fn pause(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let told = |_| json!({ "paused": true });
    change(&site, &uri, &headers, told, |queue, run| {
        let changed = run.pause();
        if changed {
            tracing::info!(queue, "receiving paused by request");
        }
        changed
    })
}

pub(super) async fn resume(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let told = |_| json!({ "paused": false });
    change(&site, &uri, &headers, told, |queue, run| {
        let changed = run.resume();
        if changed {
            tracing::info!(queue, "receiving resumed by request");
        }
        changed
    })
}

/// Says whether anything was held that is rejected now.
pub(super) async fn accept_rejects(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let told = |accepted| json!({ "accepted": accepted });
    change(&site, &uri, &headers, told, |queue, run| {
        let accepted = run.accept_rejects();
        if accepted {
            tracing::warn!(
                queue,
                "rejects accepted by request: what is held for them is dead-lettered if it is refused again"
            );
        }
        accepted
    })
}

pub(super) async fn log_level(State(site): State<Arc<Site>>, request: Request) -> Response {
    if let Err(refusal) = site.guard.permit(request.headers()) {
        return refused(refusal);
    }
    let Some(level) = &site.level else {
        return failure(StatusCode::NOT_FOUND, "the log level is not this server's to set");
    };
    let Ok(Ok(body)) = timeout(BODY, to_bytes(request.into_body(), BODY_BYTES)).await else {
        return failure(StatusCode::BAD_REQUEST, "the body is too long or too late");
    };
    match level.set(&String::from_utf8_lossy(&body)) {
        Ok(()) => {
            tracing::info!(log_level = level.get(), "log level set by request");
            json(StatusCode::OK, &json!({ "log_level": level.get() }))
        }
        Err(error) => failure(StatusCode::BAD_REQUEST, &error),
    }
}

/// Has `act` done to the runs that the request names, if it may change something. `act` gets the
/// queue's name where there are several, and returns whether it changed anything.
fn change(
    site: &Site,
    uri: &Uri,
    headers: &HeaderMap,
    told: impl Fn(bool) -> Value,
    act: impl Fn(Option<&str>, &Monitor) -> bool,
) -> Response {
    if let Err(refusal) = site.guard.permit(headers) {
        return refused(refusal);
    }
    let Some(runs) = site.runs.get() else {
        return failure(StatusCode::SERVICE_UNAVAILABLE, "the consumer is still starting");
    };
    match runs.of(&queues(uri)) {
        Ok(named) => {
            let act = |(name, run): &Run| act((!runs.is_one()).then_some(name.as_str()), run);
            let changed = named.into_iter().map(act).fold(false, |any, changed| any | changed);
            json(StatusCode::OK, &told(changed))
        }
        Err(name) => failure(StatusCode::NOT_FOUND, &format!("there is no queue {name} here; see /status")),
    }
}

/// The queues that a request names, as in `?queue=orders`.
fn queues(uri: &Uri) -> Vec<Cow<'_, str>> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.filter(|(name, _)| name == "queue").map(|(_, queue)| queue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_any_number_of_queues() {
        let named = |uri: &'static str| queues(&Uri::from_static(uri)).concat();
        assert_eq!(named("/pause"), "");
        assert_eq!(named("/pause?x=y&queue=orders.fifo&queue=a%20b"), "orders.fifoa b");
    }
}
