//! Queues, a database and proxies before them, and who works there.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use faultproxy::{SqsProxy, TcpProxy};
use mysql_async::Opts;

use super::database::Database;
use super::worker::Worker;
use crate::fleet::Fleet;
use crate::process::Process;
use crate::server::Server;
use crate::test_env::{TestEnv, variable};

/// Short leases, so that what the dead held comes back soon.
const ARGUMENTS: [&str; 10] = [
    "--visibility-timeout",
    "5s",
    "--wait-time",
    "1s",
    "--shutdown-grace",
    "8s",
    "--max-in-flight",
    "200",
    "--admin-addr",
    "127.0.0.1:0",
];

/// A test environment with proxies before it.
pub(super) struct Scene {
    pub(super) env: TestEnv,
    way: TcpProxy,
    pub(super) sqs: SqsProxy,
    worker: Option<Worker>,
}

impl Scene {
    /// Around a test environment; the seed is for the choices of the proxy.
    pub(super) async fn set(env: TestEnv, seed: u64) -> Result<Self> {
        Process::migrate(&env).await?;
        let endpoint = env.endpoint.clone().map_or_else(|| variable("AWS_ENDPOINT_URL"), Ok)?;
        let sqs = SqsProxy::start(&endpoint, seed)?;
        let way = TcpProxy::start(address(&env.database_url)?)?;
        // As AWS does, and LocalStack does not.
        sqs.handle().refuse_stale_receipts(true);
        sqs.handle().hold_groups(true);
        let worker = Some(Worker::create(&env, way.address()).await?);
        Ok(Self { env, way, sqs, worker })
    }

    /// Consumers behind the proxies.
    pub(super) fn fleet(&self, size: usize) -> Result<Fleet> {
        self.fleet_with(size, Vec::new())
    }

    /// As [`fleet`](Self::fleet), with variables of their own.
    pub(super) fn fleet_with(&self, size: usize, more: Vec<(String, String)>) -> Result<Fleet> {
        let file = self.worker.as_ref().context("the user is there")?.file().display().to_string();
        let mut variables = vec![
            ("AWS_ENDPOINT_URL".to_owned(), self.sqs.endpoint()),
            ("DATABASE_URL_FILE".to_owned(), file),
        ];
        variables.extend(more);
        Fleet::start(&self.env, size, ARGUMENTS.map(str::to_owned).to_vec(), variables)
    }

    /// A sender behind them.
    pub(super) fn sender(&self, rate: u32) -> Result<Process> {
        let (rate, endpoint) = (rate.to_string(), self.sqs.endpoint());
        Process::start_with(&self.env, "sender", &["--rate", &rate], &[("AWS_ENDPOINT_URL", &endpoint)])
    }

    /// The consumers' user.
    pub(super) fn user(&self) -> Result<&str> {
        Ok(&self.worker.as_ref().context("the user is there")?.name)
    }

    /// What can happen to the database.
    pub(super) fn database(&mut self) -> Result<Database> {
        let worker = self.worker.take().context("it is taken once")?;
        Ok(Database::new(Server::from_env(), self.way.handle(), worker))
    }
}

fn address(url: &str) -> Result<SocketAddr> {
    let options = Opts::from_url(url)?;
    Ok(format!("{}:{}", options.ip_or_hostname(), options.tcp_port()).parse()?)
}
