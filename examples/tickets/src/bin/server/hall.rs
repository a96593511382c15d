//! `GET /seats`: the hall in one line of digits, and the counts beside it.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};
use serde::Serialize;
use tickets::tables::{messages, reservations, seats};
use tokio::time::timeout;

use crate::lookup::unavailable;
use crate::office::Office;

/// For the queue to say how deep it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// The hall.
#[derive(Debug, Serialize)]
struct Hall {
    /// A digit for each seat, in order: how often it was sold, 9 and more as 9.
    seats: String,
    /// Reservations that were rejected.
    rejected: i64,
    /// Outcomes that have arrived behind the second queue.
    arrived: i64,
    /// Messages in the first queue, as SQS estimates; nothing where it does not say.
    waiting: Option<u64>,
}

/// Shows the hall.
pub(crate) async fn seats(State(office): State<Office>) -> Response {
    let (hall, waiting) = tokio::join!(office.database.ask(ask), timeout(PATIENCE, waiting(&office)));
    match hall {
        Ok(hall) => Json(Hall { waiting: waiting.ok().flatten(), ..hall }).into_response(),
        Err(error) => unavailable(&error),
    }
}

async fn ask(database: &mut AsyncMysqlConnection) -> QueryResult<Hall> {
    let sold = reservations::seat.eq(seats::seat).and(reservations::is_sold);
    let all = seats::table.left_join(reservations::table.on(sold)).group_by(seats::seat).order(seats::seat);
    let times: Vec<i64> = all.select(count(reservations::number.nullable())).load(database).await?;
    let rejected = reservations::table.filter(reservations::is_sold.eq(false)).select(count_star());
    Ok(Hall {
        seats: times
            .iter()
            .map(|times| char::from(b'0' + u8::try_from(*times).unwrap_or(9).min(9)))
            .collect(),
        rejected: rejected.get_result(database).await?,
        arrived: messages::table.select(count_star()).get_result(database).await?,
        waiting: None,
    })
}

/// Whatever lies in the queue: to be received, in a worker's hands, and delayed.
async fn waiting(office: &Office) -> Option<u64> {
    let names = [
        Attribute::ApproximateNumberOfMessages,
        Attribute::ApproximateNumberOfMessagesNotVisible,
        Attribute::ApproximateNumberOfMessagesDelayed,
    ];
    let ask = office.sqs.get_queue_attributes().queue_url(office.reservations.url());
    let answer = ask.set_attribute_names(Some(names.to_vec())).send().await.ok()?.attributes?;
    names.iter().map(|name| answer.get(name)?.parse::<u64>().ok()).sum()
}
