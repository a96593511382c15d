//! `GET /news`: what happens to the office, as somebody writes it into a file. An office that nobody breaks
//! has no such file, and no news.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::office::Office;

/// The file as it is, or an empty object.
pub(crate) async fn news(State(office): State<Office>) -> impl IntoResponse {
    let text = office.news.and_then(|file| std::fs::read_to_string(file).ok());
    ([(CONTENT_TYPE, "application/json")], text.unwrap_or_else(|| "{}".to_owned()))
}
