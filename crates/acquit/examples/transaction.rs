//! A seat is sold once, however often its message comes: the work and the note that it is done are
//! one transaction.

use std::process::ExitCode;

use acquit::{Committed, Fail, Json, MySql, Tx, Worker};
use diesel::sql_types::{BigInt, Unsigned};
use diesel_async::RunQueryDsl;

#[derive(serde::Deserialize)]
struct Reservation {
    seat: u64,
    user: u64,
}

/// One conditional update decides who gets the seat: two that look first would both see it free.
async fn reserve(Json(reservation): Json<Reservation>, mut tx: Tx) -> Result<Committed, Fail> {
    let sell = "UPDATE seats SET user = ? WHERE seat = ? AND user IS NULL";
    let sold = diesel::sql_query(sell)
        .bind::<Unsigned<BigInt>, _>(reservation.user)
        .bind::<Unsigned<BigInt>, _>(reservation.seat)
        .execute(&mut *tx)
        .await?;
    if sold == 0 {
        return Err(Fail::reject("sold-out", "the seat is somebody else's"));
    }
    tx.commit().await
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let worker = Worker::from_env()?.state(MySql::from_env().await?);
    Ok(worker.concurrency(64).queue("reservations", reserve).run().await)
}
