//! The plain loop with transactions: one task and one connection. Receives ten, sells a seat for each
//! in a transaction with a mark in the inbox, deletes ten. The measure of what a worker gains.

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName as System};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use proof::seats::Reservation;
use proof::test_env::variable;
use shared::message::{DEDUP_ID, DedupId};

const MARK: &str = "INSERT INTO inbox (job, id) VALUES ('reserve', ?)";
const SELL: &str = "UPDATE seats SET reservation = ? WHERE seat = ? AND reservation IS NULL";
const NOTE: &str = "INSERT INTO effects (reservation, seat, is_sold, receives) VALUES (?, ?, ?, ?)";

#[tokio::main]
async fn main() -> Result<()> {
    let sqs = Client::new(&aws_config::defaults(BehaviorVersion::latest()).load().await);
    let queue = variable("QUEUE_URL")?;
    let options = OptsBuilder::from_opts(Opts::from_url(&variable("DATABASE_URL")?)?);
    let mut connection = Conn::new(options.prefer_socket(false)).await?;
    loop {
        let ask = sqs.receive_message().queue_url(&queue).max_number_of_messages(10).wait_time_seconds(20);
        let ask = ask.message_attribute_names("All");
        let ask = ask.message_system_attribute_names(System::ApproximateReceiveCount);
        let messages = ask.send().await?.messages.unwrap_or_default();
        for message in &messages {
            reserve(&mut connection, message).await?;
        }
        let entries = messages.into_iter().enumerate().map(|(position, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(position.to_string());
            entry.set_receipt_handle(message.receipt_handle).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        if !entries.is_empty() {
            sqs.delete_message_batch().queue_url(&queue).set_entries(Some(entries)).send().await?;
        }
    }
}

async fn reserve(connection: &mut Conn, message: &Message) -> Result<()> {
    let wanted: Reservation = serde_json::from_str(message.body().context("no body")?)?;
    let attributes = message.message_attributes().context("no attributes")?;
    let id = attributes.get(DEDUP_ID).and_then(|id| id.string_value()).context("no id")?;
    let system = message.attributes().context("no attributes of SQS's")?;
    let receives: u32 = system.get(&System::ApproximateReceiveCount).context("no count")?.parse()?;
    connection.query_drop("BEGIN").await?;
    connection.exec_drop(MARK, (&DedupId::of(id).as_bytes()[..],)).await?;
    connection.exec_drop(SELL, (&wanted.reservation, wanted.seat)).await?;
    let is_sold = connection.affected_rows() == 1;
    connection.exec_drop(NOTE, (&wanted.reservation, wanted.seat, is_sold, receives)).await?;
    Ok(connection.query_drop("COMMIT").await?)
}
