//! A fresh queue, dead-letter queue and database on the running stack, and a look into them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, QueueAttributeName as Attribute, SendMessageBatchRequestEntry,
};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use shared::message::{DEDUP_ID, DedupId};
use shared::queue::is_fifo;
use sqs::client::{Calls, Sqs};

/// Its names are random, so any number of them live side by side.
#[derive(Debug)]
pub struct TestEnv {
    /// Calls SQS's stand-in directly.
    pub sqs: Client,
    /// The queue under test.
    pub queue_url: String,
    /// Where what it gives up goes.
    pub dead_letter_url: String,
    /// For `DATABASE_URL`.
    pub database_url: String,
    /// For `AWS_ENDPOINT_URL`, where the queues are not the stack's.
    pub endpoint: Option<String>,
    database: Opts,
}

/// Sends to one group of a FIFO queue.
#[derive(Clone, Debug)]
pub struct GroupSender {
    sqs: Client,
    queue_url: String,
    group: String,
}

impl GroupSender {
    /// Puts one message on the queue, under this name and a deduplication id that is new.
    pub async fn send(&self, body: &str, name: &str) -> Result<()> {
        let value = MessageAttributeValue::builder().data_type("String").string_value(name).build()?;
        let send = self.sqs.send_message().queue_url(&self.queue_url).message_body(body);
        let send = send.message_attributes(DEDUP_ID, value).message_group_id(&self.group);
        send.message_deduplication_id(DedupId::generate().to_string()).send().await?;
        Ok(())
    }
}

/// A row of `messages`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The dedup id.
    pub id: [u8; 16],
    /// The body.
    pub message: String,
}

impl TestEnv {
    /// Makes queues and an empty database. `max_receive_count` as in the redrive policy.
    pub async fn new(max_receive_count: u32) -> Result<Self> {
        Self::with(sqs().await?, "proof", max_receive_count).await
    }

    /// As [`new`](Self::new), with queues where `sqs` has them, and names that begin with `label`.
    pub async fn with(sqs: Client, label: &str, max_receive_count: u32) -> Result<Self> {
        Self::at(&variable("DATABASE_URL")?, sqs, label, max_receive_count).await
    }

    /// As [`new`](Self::new), with FIFO queues.
    pub async fn fifo(max_receive_count: u32) -> Result<Self> {
        Self::fifo_with(sqs().await?, "proof", max_receive_count).await
    }

    /// As [`with`](Self::with), with FIFO queues.
    pub async fn fifo_with(sqs: Client, label: &str, max_receive_count: u32) -> Result<Self> {
        Self::of(".fifo", &variable("DATABASE_URL")?, sqs, label, max_receive_count).await
    }

    /// As [`fifo`](Self::fifo), on another stand-in of SQS.
    pub async fn fifo_at(endpoint: String, max_receive_count: u32) -> Result<Self> {
        let config = sqs().await?.config().to_builder().endpoint_url(&endpoint).build();
        let (sqs, base) = (Client::from_conf(config), variable("DATABASE_URL")?);
        let env = Self::of(".fifo", &base, sqs, "proof", max_receive_count).await?;
        Ok(Self { endpoint: Some(endpoint), ..env })
    }

    /// As [`with`](Self::with), with the database on the server of the URL `base`.
    pub async fn at(base: &str, sqs: Client, label: &str, max_receive_count: u32) -> Result<Self> {
        Self::of("", base, sqs, label, max_receive_count).await
    }

    /// As [`at`](Self::at), with queues whose names end so.
    async fn of(ending: &str, base: &str, sqs: Client, label: &str, max_receive_count: u32) -> Result<Self> {
        let name = format!("{label}-{:016x}", fastrand::u64(..));
        let dead_letter_url = create_queue(&sqs, &format!("{name}-dlq{ending}"), None).await?;
        let policy = redrive_policy(&sqs, &dead_letter_url, max_receive_count).await?;
        let queue_url = create_queue(&sqs, &format!("{name}{ending}"), Some(policy)).await?;
        let schema = name.replace('-', "_");
        let admin = Opts::from_url(base).context("the database's URL")?;
        connect(&admin).await?.query_drop(format!("CREATE DATABASE {schema}")).await?;
        let (server, _) = base.rsplit_once('/').context("the URL names no database")?;
        let database_url = format!("{server}/{schema}");
        let database = Opts::from_url(&database_url)?;
        Ok(Self { sqs, queue_url, dead_letter_url, database_url, endpoint: None, database })
    }

    /// A connection to the database.
    pub async fn connect(&self) -> Result<Conn> {
        connect(&self.database).await
    }

    /// Puts one message on the queue.
    pub async fn send(&self, body: &str, dedup_id: Option<&str>) -> Result<()> {
        self.send_to(&self.queue_url, body, dedup_id).await
    }

    /// Puts one message on another queue.
    pub async fn send_to(&self, queue_url: &str, body: &str, dedup_id: Option<&str>) -> Result<()> {
        let mut send = self.sqs.send_message().queue_url(queue_url).message_body(body);
        if let Some(id) = dedup_id {
            let value = MessageAttributeValue::builder().data_type("String").string_value(id).build()?;
            send = send.message_attributes(DEDUP_ID, value);
        }
        send.send().await?;
        Ok(())
    }

    /// Puts messages on the queue, in their order and in one group, each under an id of its own.
    pub async fn send_in(&self, group: &str, bodies: &[String]) -> Result<()> {
        for ten in bodies.chunks(10) {
            let entries: Result<Vec<_>, _> =
                ten.iter().enumerate().map(|(place, body)| entry_in(group, place, body)).collect();
            let send = self.sqs.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries?));
            ensure!(send.send().await?.failed.is_empty(), "SQS did not take all");
        }
        Ok(())
    }

    /// Sends to one group, from a task of its own.
    pub fn group_sender(&self, group: String) -> GroupSender {
        GroupSender { sqs: self.sqs.clone(), queue_url: self.queue_url.clone(), group }
    }

    /// Bodies of the letters on a FIFO dead-letter queue, taken off it: while letters of a group are in
    /// hand, others of it are not to be had.
    pub async fn take_letters(&self) -> Result<Vec<String>> {
        let mut bodies = Vec::new();
        while self.depth(&self.dead_letter_url).await? > 0 {
            let ask = self.sqs.receive_message().queue_url(&self.dead_letter_url).max_number_of_messages(10);
            for letter in ask.send().await?.messages.unwrap_or_default() {
                let delete = self.sqs.delete_message().queue_url(&self.dead_letter_url);
                delete.set_receipt_handle(letter.receipt_handle).send().await?;
                bodies.extend(letter.body);
            }
        }
        Ok(bodies)
    }

    /// All rows, in the order of their key.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            self.connect().await?.query("SELECT id, message FROM messages ORDER BY id").await?;
        rows.into_iter()
            .map(|(id, message)| {
                let id = id.try_into().ok().context("an id is not 16 bytes long")?;
                Ok(Row { id, message: String::from_utf8(message)? })
            })
            .collect()
    }

    /// How many rows there are.
    pub async fn count(&self) -> Result<usize> {
        let count: Option<usize> = self.connect().await?.query_first("SELECT COUNT(*) FROM messages").await?;
        count.context("no count")
    }

    /// Messages on the queue: waiting, held by somebody, and delayed.
    pub async fn left(&self) -> Result<usize> {
        self.depth(&self.queue_url).await
    }

    /// Messages that were left on the queue, taken off it; waits for those that are held.
    pub async fn take_left(&self) -> Result<Vec<Message>> {
        self.take_all(&self.queue_url).await
    }

    /// Messages on the dead-letter queue, taken off it.
    pub async fn take_dead_letters(&self) -> Result<Vec<Message>> {
        self.take_all(&self.dead_letter_url).await
    }

    /// Messages on the queue at `url`, taken off it.
    pub async fn take_all(&self, url: &str) -> Result<Vec<Message>> {
        let mut letters = Vec::new();
        while self.depth(url).await? > letters.len() {
            let ask = self.sqs.receive_message().queue_url(url);
            let ask = ask.max_number_of_messages(10).message_attribute_names("All").visibility_timeout(600);
            letters.extend(ask.send().await?.messages.unwrap_or_default());
        }
        Ok(letters)
    }

    /// Makes another dead-letter queue and has the queue's redrive policy name it. Returns its URL.
    pub async fn replace_dead_letter_queue(&self, number: usize, max_receive_count: u32) -> Result<String> {
        let name = self.dead_letter_url.rsplit('/').next().context("a queue without a name")?;
        let url = create_queue(&self.sqs, &format!("{name}-{number}"), None).await?;
        let policy = redrive_policy(&self.sqs, &url, max_receive_count).await?;
        let set = self.sqs.set_queue_attributes().queue_url(&self.queue_url);
        set.attributes(Attribute::RedrivePolicy, policy).send().await?;
        Ok(url)
    }

    /// The database's name.
    pub fn schema(&self) -> Result<&str> {
        self.database.db_name().context("no database")
    }

    /// Takes everything away again.
    pub async fn remove(self) -> Result<()> {
        let schema = self.schema()?;
        self.connect().await?.query_drop(format!("DROP DATABASE {schema}")).await?;
        for url in [&self.queue_url, &self.dead_letter_url] {
            self.sqs.delete_queue().queue_url(url).send().await?;
        }
        Ok(())
    }

    /// Messages on the queue at `url`: waiting, held by somebody, and delayed.
    pub async fn depth(&self, url: &str) -> Result<usize> {
        let parts = [
            Attribute::ApproximateNumberOfMessages,
            Attribute::ApproximateNumberOfMessagesNotVisible,
            Attribute::ApproximateNumberOfMessagesDelayed,
        ];
        let ask = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(parts.to_vec()));
        let answer = ask.send().await?.attributes.unwrap_or_default();
        ensure!(answer.len() == parts.len(), "SQS did not say how deep the queue is");
        answer.values().map(|text| Ok(text.parse::<usize>()?)).sum()
    }
}

/// A client of SQS's stand-in.
pub async fn sqs() -> Result<Client> {
    variable("AWS_ENDPOINT_URL")?;
    let calls = Calls { budget: "proof", attempts: 5, attempt_timeout: Duration::from_secs(20) };
    Ok(Sqs::load().await?.client(&calls))
}

/// What the stack says of itself in the environment.
pub fn variable(name: &str) -> Result<String> {
    std::env::var(name)
        .ok()
        .with_context(|| format!("{name} is not set: use `make`, or run `eval \"$(make -s env)\"` first"))
}

pub(crate) async fn connect(options: &Opts) -> Result<Conn> {
    let options = OptsBuilder::from_opts(options.clone()).prefer_socket(false);
    Conn::new(options).await.context("cannot connect to the database")
}

fn entry_in(group: &str, place: usize, body: &str) -> Result<SendMessageBatchRequestEntry> {
    let id = DedupId::generate().to_string();
    let value = MessageAttributeValue::builder().data_type("String").string_value(&id).build()?;
    let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
    let entry = entry.message_attributes(DEDUP_ID, value).message_group_id(group);
    Ok(entry.message_deduplication_id(id).build()?)
}

async fn create_queue(sqs: &Client, name: &str, policy: Option<String>) -> Result<String> {
    let create = sqs.create_queue().queue_name(name);
    let create = if is_fifo(name) { create.attributes(Attribute::FifoQueue, "true") } else { create };
    let create = match policy {
        Some(policy) => create.attributes(Attribute::RedrivePolicy, policy),
        None => create,
    };
    create.send().await.context("cannot create a queue")?.queue_url.context("a queue without a URL")
}

async fn redrive_policy(sqs: &Client, to: &str, max_receive_count: u32) -> Result<String> {
    let ask = sqs.get_queue_attributes().queue_url(to).attribute_names(Attribute::QueueArn);
    let answer = ask.send().await?.attributes.unwrap_or_default();
    let arn = answer.get(&Attribute::QueueArn).context("a queue without an ARN")?;
    Ok(format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"{max_receive_count}"}}"#))
}
