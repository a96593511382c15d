//! `POST /reservations`: 202 once the queue has the reservation, and 503 where it did not take it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tickets::reservation::Reservation;
use tokio::time::timeout;

use crate::office::Office;

/// Whoever got no answer asks again with the same key, and gets the same reservation.
const KEY: &str = "idempotency-key";
const MAX_KEY: usize = 128;
/// Nobody wants to look at a page that loads for longer. The queue may have the reservation all the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds until another try may help.
const AGAIN: &str = "1";

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Wish {
    user: u32,
    seat: u32,
}

/// Takes a reservation. The answer says nothing of the seat: many want it, and a worker decides.
pub(crate) async fn reserve(
    State(office): State<Office>,
    headers: HeaderMap,
    Json(Wish { user, seat }): Json<Wish>,
) -> Response {
    let Ok(key) = key(&headers) else { return wrong() };
    let reservation = office.receipts.name(user, seat, key);
    let location = format!("/reservations/{reservation}");
    let wanted = Reservation { reservation, user, seat };
    match timeout(PATIENCE, office.reservations.send(&wanted)).await {
        Ok(Ok(())) => {
            let body = json!({ "reservation": wanted.reservation, "state": "waiting" });
            (StatusCode::ACCEPTED, [(LOCATION, location)], Json(body)).into_response()
        }
        Ok(Err(error)) => not_taken(&error.to_string()),
        Err(_) => not_taken("the queue does not answer"),
    }
}

/// It may be on the queue or not: asked for again with the same key, it takes effect once.
fn not_taken(why: &str) -> Response {
    tracing::warn!("a reservation was not taken: {why}");
    let body = json!({ "error": "the reservation was not confirmed; ask again with the same key" });
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, AGAIN)], Json(body)).into_response()
}

/// The key, if there is one.
fn key(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let key = key.to_str().map_err(|_| ())?;
    if (1..=MAX_KEY).contains(&key.len()) { Ok(Some(key)) } else { Err(()) }
}

fn wrong() -> Response {
    let error = format!("{KEY} must have 1 to {MAX_KEY} characters of ASCII");
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}
