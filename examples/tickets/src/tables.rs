//! The two tables, as diesel sees them, and how they are made.

use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::reservation::Outcome;

const SCHEMA: &str = include_str!("../schema.sql");
/// Rows of one insert.
const ROWS: usize = 1_000;

diesel::table! {
    /// Who has which seat.
    seats (seat) {
        /// From 1.
        seat -> Unsigned<Integer>,
        /// Whose it is.
        reservation -> Nullable<Text>,
    }
}

diesel::table! {
    /// What came of each reservation.
    reservations (number) {
        /// Counts decisions.
        number -> Unsigned<BigInt>,
        /// The reservation's name.
        reservation -> Text,
        /// Who wanted the seat.
        user -> Unsigned<Integer>,
        /// Which one it was.
        seat -> Unsigned<Integer>,
        /// Whether it was sold to this user.
        is_sold -> Bool,
    }
}

diesel::table! {
    /// Where the consumer behind the second queue stores what arrives.
    messages (id) {
        /// The message's.
        id -> Binary,
        /// Its body.
        message -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(seats, reservations);

/// The row of an outcome.
#[derive(Debug, Insertable)]
#[diesel(table_name = reservations)]
pub struct Decision<'o> {
    reservation: &'o str,
    user: u32,
    seat: u32,
    is_sold: bool,
}

impl<'o> From<&'o Outcome> for Decision<'o> {
    fn from(outcome: &'o Outcome) -> Self {
        let Outcome { reservation, user, seat, is_sold, .. } = outcome;
        Self { reservation, user: *user, seat: *seat, is_sold: *is_sold }
    }
}

/// Makes the tables, and this many seats, where they are not there yet.
///
/// # Errors
/// Where the database fails.
pub async fn create(database: &mut AsyncMysqlConnection, number: u32) -> QueryResult<()> {
    database.batch_execute(SCHEMA).await?;
    let all: Vec<_> = (1..=number).map(|seat| seats::seat.eq(seat)).collect();
    for rows in all.chunks(ROWS) {
        diesel::insert_or_ignore_into(seats::table).values(rows.to_vec()).execute(database).await?;
    }
    Ok(())
}
