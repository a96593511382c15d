//! The two messages: somebody wants a seat, and what came of it.

use acquit::Wire;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody wants a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its name, which the server gave it.
    pub reservation: String,
    /// Who wants it.
    pub user: u32,
    /// Which seat, from 1.
    pub seat: u32,
}

/// Sent again under the same name, a reservation takes effect once.
impl Wire for Reservation {
    fn key(&self) -> String {
        self.reservation.clone()
    }
}

/// What came of a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Drawn each time that a worker decides. It could be made of the reservation's name; but then the
    /// last table would hide a reservation that was decided twice.
    pub id: String,
    /// The reservation's name.
    pub reservation: String,
    /// Who wanted the seat.
    pub user: u32,
    /// Which seat it was.
    pub seat: u32,
    /// Whether it was sold to this user; else it was somebody else's.
    pub is_sold: bool,
}

impl Outcome {
    /// Of this reservation.
    pub fn of(wanted: &Reservation, is_sold: bool) -> Self {
        let Reservation { reservation, user, seat } = wanted.clone();
        Self { id: Uuid::now_v7().to_string(), reservation, user, seat, is_sold }
    }
}

impl Wire for Outcome {
    fn key(&self) -> String {
        self.id.clone()
    }
}
