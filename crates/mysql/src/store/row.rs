//! A row of a message, and the order of rows.

use chrono::{DateTime, NaiveDateTime, Utc};
use shared::message::Message;

/// A row that is to be.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) message: &'a str,
    pub(crate) sent_at: Option<NaiveDateTime>,
}

impl<'a> Row<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        let sent_at = message.sent_at.map(|at| DateTime::<Utc>::from(at).naive_utc());
        Self { id: message.id.as_bytes(), message: &message.body, sent_at }
    }
}

/// Rows in the order of their key: statements that lock rows in one order cannot deadlock.
pub(crate) fn sort(rows: &mut [(usize, Row<'_>)]) {
    rows.sort_by_key(|(_, row)| row.id);
}
