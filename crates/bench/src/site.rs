//! Where the queues are: the stack's LocalStack, or fauxqs, which is fast enough to measure others.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use nix::unistd::Pid;
use proof::process::Process;
use proof::test_env::{TestEnv, variable};

use crate::emulator::Fauxqs;
use crate::folder;

/// Receives that a queue allows: none is to be dead-lettered here.
const RECEIVES: u32 = 100;

/// A stand-in of SQS.
#[derive(Debug)]
pub struct Site {
    /// As tables have it.
    pub name: &'static str,
    /// For `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// Its process, if that is known.
    pub pid: Option<Pid>,
    _fauxqs: Option<Fauxqs>,
}

impl Site {
    /// The stack's own.
    pub fn localstack() -> Result<Self> {
        let endpoint = variable("AWS_ENDPOINT_URL")?;
        Ok(Self { name: "LocalStack", endpoint, pid: stack_pid("localstack"), _fauxqs: None })
    }

    /// Ends when the site is dropped.
    pub fn fauxqs(fauxqs: Fauxqs) -> Self {
        Self { name: "fauxqs", endpoint: fauxqs.endpoint(), pid: Some(fauxqs.pid()), _fauxqs: Some(fauxqs) }
    }

    /// A fresh queue here, and an empty table.
    pub async fn bed(&self) -> Result<TestEnv> {
        self.bed_at(&self.endpoint).await
    }

    /// The same, on a queue that allows so many receives.
    pub async fn bed_with(&self, receives: u32) -> Result<TestEnv> {
        lay(&self.endpoint, receives).await
    }

    /// A bed with calls and queue URLs that go to `endpoint`, which leads here.
    pub async fn bed_at(&self, endpoint: &str) -> Result<TestEnv> {
        lay(endpoint, RECEIVES).await
    }

    /// A fresh FIFO queue here, and an empty table.
    pub async fn fifo_bed(&self) -> Result<TestEnv> {
        let bed = TestEnv::fifo_with(client(&self.endpoint).await, &label(), RECEIVES).await?;
        furnish(&self.endpoint, bed).await
    }

    /// Another queue for the bed. A poll of a consumer that was killed may still take messages from
    /// the old one, which then stay away until their visibility timeout.
    pub async fn renew_queue(&self, bed: &mut TestEnv) -> Result<()> {
        bed.sqs.delete_queue().queue_url(&bed.queue_url).send().await?;
        let name = format!("{}-{:016x}", label(), fastrand::u64(..));
        let made = bed.sqs.create_queue().queue_name(name).send().await?;
        bed.queue_url = at(&self.endpoint, &made.queue_url.context("a queue without a URL")?)?;
        Ok(())
    }
}

async fn lay(endpoint: &str, receives: u32) -> Result<TestEnv> {
    furnish(endpoint, TestEnv::with(client(endpoint).await, &label(), receives).await?).await
}

async fn furnish(endpoint: &str, mut bed: TestEnv) -> Result<TestEnv> {
    bed.queue_url = at(endpoint, &bed.queue_url)?;
    Process::migrate(&bed).await?;
    Ok(bed)
}

/// The database server's process, if it runs on this machine and the stack started it.
pub fn database_pid() -> Option<Pid> {
    stack_pid("database")
}

/// A connection to the stack's own database, outside of any bed.
pub async fn database() -> Result<Conn> {
    let options = OptsBuilder::from_opts(Opts::from_url(&variable("DATABASE_URL")?)?).prefer_socket(false);
    Conn::new(options).await.context("cannot connect to the database")
}

/// What names begin with that this run gives.
pub(crate) fn label() -> String {
    format!("bench-{}", std::process::id())
}

/// Takes away what this run has left, however it ended.
pub async fn sweep() -> Result<()> {
    let mut database = database().await?;
    let pattern = label().replace('-', "\\_");
    let schemas: Vec<String> = database.query(format!("SHOW DATABASES LIKE '{pattern}\\_%'")).await?;
    for schema in schemas {
        database.query_drop(format!("DROP DATABASE {schema}")).await?;
    }
    database.query_drop(format!("DROP USER IF EXISTS '{}'@'%'", label())).await?;
    let sqs = client(&variable("AWS_ENDPOINT_URL")?).await;
    let queues = sqs.list_queues().queue_name_prefix(label()).send().await?;
    for url in queues.queue_urls.unwrap_or_default() {
        sqs.delete_queue().queue_url(url).send().await?;
    }
    Ok(())
}

/// Sends and looks; of what is measured only the plain loop on one group goes through it.
pub(crate) async fn client(endpoint: &str) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_mins(1)).build();
    let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint);
    Client::new(&config.timeout_config(timeouts).load().await)
}

/// The queue's URL as it reads at `endpoint`. LocalStack looks at its path alone.
fn at(endpoint: &str, url: &str) -> Result<String> {
    let (_, rest) = url.split_once("://").context("a queue URL without a scheme")?;
    let (_, path) = rest.split_once('/').context("a queue URL without a path")?;
    Ok(format!("{}/{path}", endpoint.trim_end_matches('/')))
}

fn stack_pid(service: &str) -> Option<Pid> {
    let text = std::fs::read_to_string(folder::stack().join(format!("{service}.pid"))).ok()?;
    Some(Pid::from_raw(text.split_whitespace().next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_url_is_moved_to_an_endpoint_with_its_path() {
        let url = at("http://127.0.0.1:9/", "http://sqs.localhost:4566/000000000000/q").unwrap();
        assert_eq!(url, "http://127.0.0.1:9/000000000000/q");
        assert!(at("http://127.0.0.1:9", "nonsense").is_err());
    }
}
