//! The places where a message was found, each as far as it may be shown.

use std::time::SystemTime;

use chrono::NaiveDateTime;
use mysql::store::find::Stored;
use mysql::store::marks::Marked;
use serde::Serialize;
use shared::message::DedupId;
use sqs::dead_letter::message::DeadLetter;

use crate::text;

/// A row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) stored_at: String,
    pub(super) sent_at: Option<String>,
    /// From sent to stored.
    pub(super) lag_ms: Option<i64>,
    pub(super) bytes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

/// A mark in `inbox`.
#[derive(Debug, Serialize)]
pub(super) struct Mark {
    /// The job, or `map:` and the mapping's table.
    pub(super) job: String,
    pub(super) done_at: String,
}

/// A dead letter.
#[derive(Debug, Serialize)]
pub(super) struct FoundDeadLetter {
    pub(super) id: String,
    pub(super) message_id: String,
    pub(super) reason: Option<String>,
    /// Why SQS moved it by itself, if it did.
    pub(super) moved_by_sqs: Option<&'static str>,
    /// Without what it quotes.
    pub(super) error: Option<String>,
    pub(super) attempts: Option<String>,
    pub(super) source: Option<String>,
    /// `MessageGroupId`.
    pub(super) group: Option<String>,
    pub(super) dead_since: Option<String>,
    pub(super) receives: u32,
    pub(super) bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

/// A message on the queue.
#[derive(Debug, Serialize)]
pub(super) struct Waiting {
    pub(super) message_id: String,
    /// `MessageGroupId`.
    pub(super) group: Option<String>,
    pub(super) sent_at: Option<String>,
    /// The one that found it included.
    pub(super) receives: u32,
}

impl Row {
    pub(super) fn new(id: DedupId, stored: Stored, body: Option<String>) -> Self {
        let time = |at: NaiveDateTime| text::time(SystemTime::from(at.and_utc()));
        Self {
            id: id.to_string(),
            stored_at: time(stored.stored_at),
            sent_at: stored.sent_at.map(time),
            lag_ms: stored.sent_at.map(|sent| (stored.stored_at - sent).num_milliseconds()),
            bytes: stored.bytes,
            body,
        }
    }
}

impl From<Marked> for Mark {
    fn from(Marked { job, handled_at }: Marked) -> Self {
        Self { job, done_at: text::time(SystemTime::from(handled_at.and_utc())) }
    }
}

impl FoundDeadLetter {
    pub(super) fn new(letter: &DeadLetter, show_bodies: bool) -> Self {
        let (facts, message) = (letter.facts(), &letter.message);
        Self {
            id: letter.name().into_owned(),
            message_id: message.message_id.clone(),
            reason: facts.reason,
            moved_by_sqs: letter.silence(),
            error: facts.error.as_deref().map(text::class),
            attempts: facts.attempts,
            source: facts.source.or_else(|| letter.moved_from.clone()),
            group: message.group.clone(),
            dead_since: letter.dead_since().map(text::time),
            receives: message.receive_count,
            bytes: message.body.len(),
            body: show_bodies.then(|| message.body.clone()),
        }
    }
}

impl From<&DeadLetter> for Waiting {
    fn from(letter: &DeadLetter) -> Self {
        let message = &letter.message;
        let sent_at = message.sent_at.map(text::time);
        let (message_id, group) = (message.message_id.clone(), message.group.clone());
        Self { message_id, group, sent_at, receives: message.receive_count }
    }
}
