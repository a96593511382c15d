//! The bare SDK loop: the least that drains a queue into the table, and the measure of what
//! everything else costs. Pollers, each with a connection of its own: receive ten, insert ten,
//! delete ten. No leases, no identity, no retries, no end.

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName as System};
use chrono::{DateTime, Datelike, Timelike};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Value};
use proof::test_env::variable;
use shared::message::{DEDUP_ID, DedupId};
use tokio::task::JoinSet;

/// Of 4 to 32, on two cores: fewer are slower and take up to a quarter more processor time a
/// message, more gain nothing. `POLLERS` says otherwise.
const POLLERS: &str = "16";

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
        let ask = ask.message_system_attribute_names(System::ApproximateReceiveCount);
        let ask = ask.message_system_attribute_names(System::SentTimestamp);
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

/// All of them in one statement, which the driver prepares once for each number of rows.
async fn insert(connection: &mut Conn, messages: &[Message]) -> Result<()> {
    let mut statement = "INSERT INTO messages (id, message, sent_at) VALUES (?,?,?)".to_owned();
    statement.push_str(&",(?,?,?)".repeat(messages.len() - 1));
    let mut values = Vec::with_capacity(messages.len() * 3);
    for message in messages {
        values.extend(row(message).context("a message without id, body or time")?);
    }
    Ok(connection.exec_drop(statement, values).await?)
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
