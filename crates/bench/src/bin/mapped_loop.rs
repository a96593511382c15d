//! The bare SDK loop for a table of one's own: pollers, each with a connection of its own, receive ten,
//! parse ten, insert ten rows of eight columns, delete ten. No inbox, no leases, no retries, no end.

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use chrono::DateTime;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Value};
use proof::test_env::variable;
use serde::Deserialize;
use shared::message::{DEDUP_ID, DedupId};
use tokio::task::JoinSet;

/// As the bare loop has them.
const POLLERS: &str = "16";

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
    let pollers: usize = std::env::var("POLLERS").unwrap_or_else(|_| POLLERS.into()).parse()?;
    let sqs = Client::new(&aws_config::defaults(BehaviorVersion::latest()).load().await);
    let queue = variable("QUEUE_URL")?;
    let mut tasks = JoinSet::new();
    for _ in 0..pollers {
        let options = OptsBuilder::from_opts(Opts::from_url(&variable("DATABASE_URL")?)?);
        let connection = Conn::new(options.prefer_socket(false)).await?;
        tasks.spawn(poll(sqs.clone(), queue.clone(), connection));
    }
    // Whichever fails first ends the program.
    tasks.join_next().await.context("no pollers")??
}

async fn poll(sqs: Client, queue: String, mut connection: Conn) -> Result<()> {
    loop {
        let ask = sqs.receive_message().queue_url(&queue).max_number_of_messages(10).wait_time_seconds(20);
        let ask = ask.message_attribute_names("All");
        let messages = ask.send().await?.messages.unwrap_or_default();
        if messages.is_empty() {
            continue;
        }
        insert(&mut connection, &messages).await?;
        let entries = messages.into_iter().enumerate().map(|(position, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(position.to_string());
            entry.set_receipt_handle(message.receipt_handle).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        sqs.delete_message_batch().queue_url(&queue).set_entries(Some(entries)).send().await?;
    }
}

async fn insert(connection: &mut Conn, messages: &[Message]) -> Result<()> {
    let mut statement = "INSERT INTO orders (id, customer, total, placed_at, paid, source, message, raw) \
         VALUES (?,?,?,?,?,?,?,?)"
        .to_owned();
    statement.push_str(&",(?,?,?,?,?,?,?,?)".repeat(messages.len() - 1));
    let mut values = Vec::with_capacity(messages.len() * 8);
    for message in messages {
        values.extend(row(message)?);
    }
    Ok(connection.exec_drop(statement, values).await?)
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
