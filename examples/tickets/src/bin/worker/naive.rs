//! The naive way: look, then sell, then tell. Each step is right by itself.
//!
//! Between the look and the update another worker looks, and both sell the seat. A worker that dies after
//! the update leaves a seat that is sold, and an outcome that nobody hears of. A message that comes again
//! finds its seat taken, by itself.

use acquit::{Fail, Json, Producer, State};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tickets::database::Database;
use tickets::reservation::{Outcome, Reservation};
use tickets::tables::{Decision, reservations, seats};

/// What a worker needs.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) database: Database,
    /// The queue for outcomes.
    pub(crate) outcomes: Producer<Outcome>,
}

/// Each statement is committed by itself, and the message is sent beside them.
pub(crate) async fn sell(Json(wanted): Json<Reservation>, State(desk): State<Desk>) -> Result<(), Fail> {
    let decide = async |database: &mut _| {
        let seat = seats::table.filter(seats::seat.eq(wanted.seat));
        let holder: Option<String> = seat.select(seats::reservation).first(database).await?;
        if holder.is_none() {
            let take = diesel::update(seat).set(seats::reservation.eq(&wanted.reservation));
            take.execute(database).await?;
        }
        let outcome = Outcome::of(&wanted, holder.is_none());
        let decision = diesel::insert_into(reservations::table).values(Decision::from(&outcome));
        decision.execute(database).await?;
        Ok(outcome)
    };
    let outcome = desk.database.ask(decide).await?;
    desk.outcomes.send(&outcome).await?;
    Ok(())
}
