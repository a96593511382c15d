//! A row of a message, and the order of rows.

use chrono::{DateTime, NaiveDateTime, Utc};
use engine::delivery::Delivery;

use super::failed::Laned;

/// A row that is to be.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) message: &'a str,
    pub(crate) sent_at: Option<NaiveDateTime>,
    /// Rows of one lane are stored in their order.
    pub(crate) lane: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub(crate) fn of(delivery: &'a Delivery) -> Self {
        let message = &delivery.message;
        let sent_at = message.sent_at.map(|at| DateTime::<Utc>::from(at).naive_utc());
        Self { id: message.id.as_bytes(), message: &message.body, sent_at, lane: delivery.lane() }
    }
}

impl<'a> Laned<'a> for Row<'a> {
    fn lane(&self) -> Option<&'a str> {
        self.lane
    }
}

/// Rows in the order of their key, with the place that each had: statements that lock rows in one
/// order cannot deadlock. A statement makes its rows visible together, so their own order is kept.
pub(crate) fn sorted<'a>(rows: &[Row<'a>]) -> (Vec<usize>, Vec<Row<'a>>) {
    let mut rows: Vec<_> = rows.iter().copied().enumerate().collect();
    rows.sort_by_key(|(_, row)| row.id);
    rows.into_iter().unzip()
}
