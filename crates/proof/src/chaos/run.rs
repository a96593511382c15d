//! A whole run: sends, breaks, heals, drains, and counts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::{SqsProxy, TcpProxy};
use mysql_async::Opts;

use super::breaker::Breaker;
use super::database::Database;
use super::failover;
use super::letters::Letters;
use super::outcome::{self, Outcome};
use super::queue::Queue;
use super::watch::{self, Answers};
use super::worker::Worker;
use crate::fleet::Fleet;
use crate::process::Process;
use crate::server::Server;
use crate::test_env::TestEnv;

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
/// Where nothing is killed, no receive may be spent.
const FEW_RECEIVES: u32 = 5;
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

/// Runs as `options` say; `tell` is told what goes on.
pub async fn run(options: Options, tell: impl Fn(&str)) -> Result<Outcome> {
    let mut scene = Scene::set(options).await?;
    let mut fleet = scene.fleet(options.consumers)?;
    let health = Arc::<Answers>::default();
    let watch = watch::watch(fleet.roll.clone(), health.clone());
    let mut outcome = tokio::select! {
        outcome = Box::pin(break_and_count(&mut scene, &mut fleet, options, &tell)) => outcome?,
        () = watch => unreachable!("it watches until it is dropped"),
    };
    outcome.health = health.so_far();
    scene.env.remove().await?;
    // The last part of the time.
    outcome.failovers = failover::run(options.time / 5, options.rate, &tell).await?;
    Ok(outcome)
}

async fn break_and_count(
    scene: &mut Scene,
    fleet: &mut Fleet,
    options: Options,
    tell: &impl Fn(&str),
) -> Result<Outcome> {
    let time = options.time * 2 / 5;
    let mut sender = scene.sender(options.rate)?;
    let parts =
        (scene.database()?, Queue::new(scene.sqs.handle()), Letters::of(&scene.env, MAX_RECEIVE_COUNT));
    // The witness against those that follow: without one, some rejects are believed.
    failover::more_rows(&scene.env).await?;
    let mut breaker = Breaker::new(&scene.env, fleet, parts, options.seed);
    breaker.break_things(time, false, tell).await?;
    tell("now without kills, and with few receives");
    breaker.calm_down(FEW_RECEIVES).await?;
    breaker.break_things(time, true, tell).await?;

    tell("everything works again; catching up");
    sender.stop().await?;
    breaker.catch_up().await?;
    let Breaker { extras, letters, tally, rounds, .. } = breaker;
    fleet.stop().await?;
    let outcome = outcome::count(&scene.env, &sender, &extras, &letters).await?;
    letters.remove(&scene.env).await?;
    Ok(Outcome { rounds, tally, failed: fleet.failed, ..outcome })
}

/// A test environment with proxies before it.
struct Scene {
    env: TestEnv,
    way: TcpProxy,
    sqs: SqsProxy,
    worker: Option<Worker>,
}

impl Scene {
    async fn set(options: Options) -> Result<Self> {
        let env = TestEnv::new(MAX_RECEIVE_COUNT).await?;
        Process::migrate(&env).await?;
        let endpoint = std::env::var("AWS_ENDPOINT_URL").context("AWS_ENDPOINT_URL is not set")?;
        let sqs = SqsProxy::start(&endpoint, options.seed)?;
        let way = TcpProxy::start(address(&env.database_url)?)?;
        // As AWS does, and LocalStack does not.
        sqs.handle().refuse_stale_receipts(true);
        let worker = Some(Worker::create(&env, way.address()).await?);
        Ok(Self { env, way, sqs, worker })
    }

    fn fleet(&self, size: usize) -> Result<Fleet> {
        let file = self.worker.as_ref().context("the user is there")?.file().display().to_string();
        let variables = vec![
            ("AWS_ENDPOINT_URL".to_owned(), self.sqs.endpoint()),
            ("DATABASE_URL_FILE".to_owned(), file),
        ];
        Fleet::start(&self.env, size, ARGUMENTS.map(str::to_owned).to_vec(), variables)
    }

    fn sender(&self, rate: u32) -> Result<Process> {
        let (rate, endpoint) = (rate.to_string(), self.sqs.endpoint());
        Process::start_with(&self.env, "sender", &["--rate", &rate], &[("AWS_ENDPOINT_URL", &endpoint)])
    }

    fn database(&mut self) -> Result<Database> {
        let worker = self.worker.take().context("it is taken once")?;
        Ok(Database::new(Server::from_env(), self.way.handle(), worker))
    }
}

fn address(url: &str) -> Result<SocketAddr> {
    let options = Opts::from_url(url)?;
    Ok(format!("{}:{}", options.ip_or_hostname(), options.tcp_port()).parse()?)
}
