//! What is to be found under which path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::reply::{failure, not_allowed, refused};
use crate::site::Site;
use crate::{change, page, view};

/// The server's own routes, to which a user's may be added.
pub(super) fn routes() -> Router<Arc<Site>> {
    let level = get(view::log_level).put(change::log_level);
    Router::new()
        .route("/", seen(get(async || page::page())))
        .route("/livez", seen(get(view::live)))
        .route("/readyz", seen(get(view::ready)))
        .route("/metrics", seen(get(view::metrics)))
        .route("/status", seen(get(view::status)))
        .route("/log-level", with_methods(level, "GET, HEAD, PUT"))
        .route("/pause", with_methods(post(change::pause), "POST"))
        .route("/resume", with_methods(post(change::resume), "POST"))
        .route("/accept-rejects", with_methods(post(change::accept_rejects), "POST"))
}

/// Adds what holds for every request, whoever's the route is. It is around the routes as a whole, since
/// axum adds headers to what a layer of a single route answers.
pub(super) fn guarded(routes: Router<Arc<Site>>, site: &Arc<Site>) -> Router {
    let nothing = async || failure(StatusCode::NOT_FOUND, "there is nothing here; see /");
    let routes = routes.fallback(nothing).with_state(site.clone());
    Router::new().fallback_service(routes).layer(from_fn_with_state(site.clone(), admit))
}

fn seen(route: MethodRouter<Arc<Site>>) -> MethodRouter<Arc<Site>> {
    with_methods(route, "GET, HEAD")
}

fn with_methods(route: MethodRouter<Arc<Site>>, methods: &'static str) -> MethodRouter<Arc<Site>> {
    route.fallback(async move || not_allowed(methods))
}

/// Answers only those who may see something, and logs what was answered.
async fn admit(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let reply = match site.guard.admit(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(refusal),
    };
    tracing::debug!(%method, path, status = reply.status().as_u16(), "answered");
    reply
}
