//! Answers, with the headers that keep a browser from doing more with them than it should.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;
use serde::Serialize;

use crate::auth::Refusal;

/// What the answer to a request that failed says.
#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
}

/// An answer of any type.
pub(super) fn reply(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let reply = Response::new(body.into());
    let reply = with(reply, CONTENT_TYPE, content_type);
    let reply = with(reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
    let mut reply = with(reply, CACHE_CONTROL, "no-store");
    *reply.status_mut() = status;
    reply
}

/// An answer for machines.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => reply(status, "application/json", body),
        Err(_) => reply(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", ""),
    }
}

/// Why not.
pub(super) fn failure(status: StatusCode, error: &str) -> Response {
    json(status, &Failure { error })
}

pub(super) fn refused(Refusal(status, error): Refusal) -> Response {
    let reply = failure(status, &error);
    if status == StatusCode::UNAUTHORIZED { with(reply, WWW_AUTHENTICATE, "Bearer") } else { reply }
}

/// The path is right, and the method is not.
pub(super) fn not_allowed(allowed: &'static str) -> Response {
    let error = format!("the method must be {allowed}");
    with(failure(StatusCode::METHOD_NOT_ALLOWED, &error), ALLOW, allowed)
}

pub(super) fn with(mut reply: Response, name: HeaderName, value: &'static str) -> Response {
    reply.headers_mut().insert(name, HeaderValue::from_static(value));
    reply
}
