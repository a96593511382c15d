//! A whole run: sends, breaks, heals, drains, and counts.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::{SqsProxy, TcpProxy};
use mysql_async::Opts;
use mysql_async::prelude::Queryable;
use tokio::time::{Instant, sleep};

use super::breaker::Breaker;
use super::database::Database;
use super::outcome::{self, Outcome};
use super::queue::Queue;
use crate::bed::Bed;
use crate::fleet::Fleet;
use crate::process::Process;
use crate::server::Server;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Decides what is broken, and when.
    pub seed: u64,
    /// How long to break things.
    pub time: Duration,
    /// Messages a second.
    pub rate: u32,
    /// Consumers side by side.
    pub consumers: usize,
}

/// Receives are spent by kills; a healthy message must not run out of them.
const MAX_RECEIVE_COUNT: u32 = 100;
/// From the end of the last fault to the last row.
const CATCH_UP: Duration = Duration::from_mins(3);
/// Short leases, so that what the dead held comes back soon.
const ARGUMENTS: [&str; 8] =
    ["--visibility-timeout", "5s", "--wait-time", "1s", "--shutdown-grace", "8s", "--max-in-flight", "200"];

/// Runs as `options` say; `tell` is told what goes on.
pub async fn run(options: Options, tell: impl Fn(&str)) -> Result<Outcome> {
    let scene = Scene::set(options).await?;
    let mut fleet = scene.fleet(options.consumers)?;
    let mut sender = scene.sender(options.rate)?;
    let mut breaker =
        Breaker::new(&scene.bed, &mut fleet, scene.database(), Queue::new(scene.sqs.handle()), options.seed);
    breaker.break_things(options.time, &tell).await?;
    let (rounds, tally, poison) = breaker.end();

    tell("everything works again; catching up");
    sender.stop().await?;
    fleet.disarm(&scene.bed)?;
    let began = Instant::now();
    while scene.bed.left().await? > 0 && began.elapsed() < CATCH_UP {
        fleet.revive(&scene.bed)?;
        sleep(Duration::from_millis(200)).await;
    }
    fleet.stop().await?;
    let outcome = outcome::count(&scene.bed, &sender, &poison).await?;
    scene.bed.remove().await?;
    Ok(Outcome { rounds, tally, failed: fleet.failed, ..outcome })
}

/// A bed with proxies before it.
struct Scene {
    bed: Bed,
    way: TcpProxy,
    sqs: SqsProxy,
    worker_url: String,
}

impl Scene {
    async fn set(options: Options) -> Result<Self> {
        let bed = Bed::new(MAX_RECEIVE_COUNT).await?;
        Process::migrate(&bed).await?;
        let url = restrict(&bed).await?;
        let endpoint = std::env::var("AWS_ENDPOINT_URL").context("AWS_ENDPOINT_URL is not set")?;
        let (upstream, sqs) = (address(&url)?, SqsProxy::start(&endpoint, options.seed)?);
        let way = TcpProxy::start(upstream)?;
        // As AWS does, and LocalStack does not.
        sqs.handle().refuse_stale_receipts(true);
        let worker_url = url.replace(&upstream.to_string(), &way.address().to_string());
        Ok(Self { bed, way, sqs, worker_url })
    }

    fn fleet(&self, size: usize) -> Result<Fleet> {
        let variables = vec![
            ("AWS_ENDPOINT_URL".to_owned(), self.sqs.endpoint()),
            ("DATABASE_URL".to_owned(), self.worker_url.clone()),
        ];
        Fleet::start(&self.bed, size, ARGUMENTS.map(str::to_owned).to_vec(), variables)
    }

    fn sender(&self, rate: u32) -> Result<Process> {
        let (rate, endpoint) = (rate.to_string(), self.sqs.endpoint());
        Process::start_with(&self.bed, "sender", &["--rate", &rate], &[("AWS_ENDPOINT_URL", &endpoint)])
    }

    fn database(&self) -> Database {
        Database::new(Server::from_env(), self.way.handle())
    }
}

/// Gives the consumers a user of their own, with the rights that they need and no others (an
/// administrator may write to a read-only server), and the table a constraint that poison violates.
async fn restrict(bed: &Bed) -> Result<String> {
    let (mut admin, name) = (bed.connect().await?, format!("worker_{:08x}", fastrand::u32(..)));
    let schema = bed.schema()?;
    for statement in [
        "ALTER TABLE messages ADD CHECK (message NOT LIKE 'poison%')".to_owned(),
        format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'worker'"),
        format!("GRANT SELECT, INSERT, UPDATE ON {schema}.messages TO '{name}'@'%'"),
    ] {
        admin.query_drop(&statement).await.with_context(|| statement.clone())?;
    }
    let (_, server) = bed.database_url.rsplit_once('@').context("DATABASE_URL names no user")?;
    Ok(format!("mysql://{name}:worker@{server}"))
}

fn address(url: &str) -> Result<SocketAddr> {
    let options = Opts::from_url(url)?;
    Ok(format!("{}:{}", options.ip_or_hostname(), options.tcp_port()).parse()?)
}
