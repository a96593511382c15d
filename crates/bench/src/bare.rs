//! The loop of the bare SDK programs: pollers, each with a connection of its own, receive ten, insert ten,
//! delete ten. No leases, no identity, no retries, no end.

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder as Ask;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName as System};
use mysql_async::{Conn, Opts, OptsBuilder};
use proof::test_env::variable;
use tokio::task::JoinSet;

/// Of 4 to 32, on two cores: fewer are slower and take up to a quarter more processor time a
/// message, more gain nothing. `POLLERS` says otherwise.
const POLLERS: &str = "16";

/// What a program inserts.
pub trait Insert {
    /// What it asks for of what SQS knows of a message.
    const SYSTEM: &'static [System];

    /// Inserts a row for each of the messages, all in one statement.
    fn insert(connection: &mut Conn, messages: &[Message]) -> impl Future<Output = Result<()>> + Send;
}

/// Runs until something fails.
pub async fn run<I: Insert + 'static>() -> Result<()> {
    let pollers: usize = std::env::var("POLLERS").unwrap_or_else(|_| POLLERS.into()).parse()?;
    let sqs = Client::new(&aws_config::defaults(BehaviorVersion::latest()).load().await);
    let queue = variable("QUEUE_URL")?;
    let mut tasks = JoinSet::new();
    for _ in 0..pollers {
        let options = OptsBuilder::from_opts(Opts::from_url(&variable("DATABASE_URL")?)?);
        let connection = Conn::new(options.prefer_socket(false)).await?;
        tasks.spawn(poll::<I>(sqs.clone(), queue.clone(), connection));
    }
    // Whichever fails first ends the program.
    tasks.join_next().await.context("no pollers")??
}

async fn poll<I: Insert>(sqs: Client, queue: String, mut connection: Conn) -> Result<()> {
    loop {
        let ask = sqs.receive_message().queue_url(&queue).max_number_of_messages(10).wait_time_seconds(20);
        let ask = ask.message_attribute_names("All");
        let ask = I::SYSTEM.iter().cloned().fold(ask, Ask::message_system_attribute_names);
        let messages = ask.send().await?.messages.unwrap_or_default();
        if messages.is_empty() {
            continue;
        }
        I::insert(&mut connection, &messages).await?;
        let entries = messages.into_iter().enumerate().map(|(position, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(position.to_string());
            entry.set_receipt_handle(message.receipt_handle).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        sqs.delete_message_batch().queue_url(&queue).set_entries(Some(entries)).send().await?;
    }
}
