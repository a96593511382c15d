//! The bare SDK loop: the least that drains a queue into the table, and the measure of what
//! everything else costs.

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use bench::bare::{self, Insert};
use chrono::{DateTime, Datelike, Timelike};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Value};
use shared::message::{DEDUP_ID, DedupId};

#[tokio::main]
async fn main() -> Result<()> {
    bare::run::<Messages>().await
}

/// Rows of the table `messages`.
struct Messages;

impl Insert for Messages {
    const SYSTEM: &'static [System] = &[System::ApproximateReceiveCount, System::SentTimestamp];

    /// The driver prepares the statement once for each number of rows.
    async fn insert(connection: &mut Conn, messages: &[Message]) -> Result<()> {
        let mut statement = "INSERT INTO messages (id, message, sent_at) VALUES (?,?,?)".to_owned();
        statement.push_str(&",(?,?,?)".repeat(messages.len() - 1));
        let mut values = Vec::with_capacity(messages.len() * 3);
        for message in messages {
            values.extend(row(message).context("a message without id, body or time")?);
        }
        Ok(connection.exec_drop(statement, values).await?)
    }
}

fn row(message: &Message) -> Option<[Value; 3]> {
    let id = message.message_attributes()?.get(DEDUP_ID)?.string_value()?;
    let sent_at = message.attributes()?.get(&System::SentTimestamp)?;
    let id = DedupId::of(id).as_bytes().into();
    Some([id, message.body()?.into(), date(sent_at.parse().ok()?)?])
}

fn date(millis: i64) -> Option<Value> {
    let at = DateTime::from_timestamp_millis(millis)?;
    let small = |number: u32| u8::try_from(number).ok();
    Some(Value::Date(
        u16::try_from(at.year()).ok()?,
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
        at.timestamp_subsec_micros(),
    ))
}
