//! The right way: one conditional update decides, and all that follows from it is one transaction.

use acquit::{Committed, Fail, Json, MySql, State, Tx};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tickets::reservation::{Outcome, Reservation};
use tickets::tables::{Decision, reservations, seats};

/// What a worker needs.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) database: MySql,
    /// The queue for outcomes.
    pub(crate) outcomes: String,
}

/// Where `Tx` begins.
impl AsRef<MySql> for Desk {
    fn as_ref(&self) -> &MySql {
        &self.database
    }
}

/// Sells the seat to whoever comes first, notes what came of it, and has it told.
///
/// `Tx` has marked the reservation as done before this is called. Seat, outcome, message and mark are
/// committed together or not at all: whatever dies in between, a repetition finds all of it or nothing.
pub(crate) async fn sell(
    Json(wanted): Json<Reservation>,
    State(desk): State<Desk>,
    mut tx: Tx,
) -> Result<Committed, Fail> {
    let free = seats::table.filter(seats::seat.eq(wanted.seat)).filter(seats::reservation.is_null());
    let take = diesel::update(free).set(seats::reservation.eq(&wanted.reservation));
    let is_sold = take.execute(&mut *tx).await? == 1;

    let outcome = Outcome::of(&wanted, is_sold);
    let decision = diesel::insert_into(reservations::table).values(Decision::from(&outcome));
    decision.execute(&mut *tx).await?;
    tx.publish(&desk.outcomes, &outcome).await?;
    tx.commit().await
}
