//! The bare SDK loop for a table of one's own: parses ten messages and inserts ten rows of eight columns,
//! without an inbox.

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use bench::bare::{self, Insert};
use chrono::DateTime;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Value};
use serde::Deserialize;
use shared::message::{DEDUP_ID, DedupId};

#[derive(Deserialize)]
struct Body {
    order: Order,
}

#[derive(Deserialize)]
struct Order {
    id: u64,
    customer: String,
    total: String,
    placed_at: String,
    paid: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    bare::run::<Orders>().await
}

/// Rows of the table `orders`.
struct Orders;

impl Insert for Orders {
    const SYSTEM: &'static [System] = &[];

    async fn insert(connection: &mut Conn, messages: &[Message]) -> Result<()> {
        let mut statement =
            "INSERT INTO orders (id, customer, total, placed_at, paid, source, message, raw) \
             VALUES (?,?,?,?,?,?,?,?)"
                .to_owned();
        statement.push_str(&",(?,?,?,?,?,?,?,?)".repeat(messages.len() - 1));
        let mut values = Vec::with_capacity(messages.len() * 8);
        for message in messages {
            values.extend(row(message)?);
        }
        Ok(connection.exec_drop(statement, values).await?)
    }
}

fn row(message: &Message) -> Result<[Value; 8]> {
    let body = message.body().context("no body")?;
    let attributes = message.message_attributes().context("no attributes")?;
    let id = attributes.get(DEDUP_ID).and_then(|id| id.string_value()).context("no id")?;
    let Body { order } = serde_json::from_str(body)?;
    let placed_at = DateTime::parse_from_rfc3339(&order.placed_at)?.naive_utc();
    Ok([
        order.id.into(),
        order.customer.into(),
        order.total.into(),
        placed_at.format("%Y-%m-%d %H:%M:%S%.3f").to_string().into(),
        order.paid.into(),
        "shop".into(),
        (&DedupId::of(id).as_bytes()[..]).into(),
        body.into(),
    ])
}
