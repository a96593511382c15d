//! `GET /reservations/{name}`: waiting, sold or rejected.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tickets::tables::reservations;

use crate::office::Office;

/// Says what came of a reservation. One without an outcome waits: the queue had it before its name was
/// given out. Names that were not given out are 404.
pub(crate) async fn lookup(State(office): State<Office>, Path(name): Path<String>) -> Response {
    if !office.receipts.knows(&name) {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "there is no such reservation" })))
            .into_response();
    }
    let rows = reservations::table.filter(reservations::reservation.eq(&name));
    let first = rows.select((reservations::seat, reservations::is_sold)).order(reservations::number);
    let outcome = office.database.ask(async |database| first.first::<(u32, bool)>(database).await.optional());
    let state = match outcome.await {
        Ok(None) => json!({ "reservation": name, "state": "waiting" }),
        Ok(Some((seat, true))) => json!({ "reservation": name, "state": "sold", "seat": seat }),
        Ok(Some((seat, false))) => json!({ "reservation": name, "state": "rejected", "seat": seat }),
        Err(error) => return unavailable(&error),
    };
    Json(state).into_response()
}

/// Nothing can be said at this moment.
pub(crate) fn unavailable(error: &tickets::database::Error) -> Response {
    tracing::warn!("a question was not answered: {error}");
    let body = json!({ "error": "the database does not answer" });
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], Json(body)).into_response()
}
