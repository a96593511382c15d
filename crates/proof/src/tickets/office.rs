//! Where the office is: two queues, a database that may be killed, and proxies before them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use faultproxy::{SqsProxy, TcpProxy};
use mysql_async::{Conn, Opts, OptsBuilder};

use crate::process::Process;
use crate::spare::{ADMIN, Spare, url};
use crate::test_env::{TestEnv, sqs, variable};

/// Receives are spent by kills; a healthy message must not run out of them.
const MAX_RECEIVE_COUNT: u32 = 100;
/// For all servers of one office.
const SECRET: &str = "a secret of this run alone";

/// How large the office is, and what is done to it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the page is.
    pub listen: SocketAddr,
    /// Seats of the hall.
    pub seats: u32,
    /// The first of them, which most want.
    pub hot: u32,
    /// Users.
    pub users: u32,
    /// Reservations in all.
    pub reservations: u32,
    /// Reservations a second.
    pub rate: u32,
    /// Whether workers look first and sell then.
    pub is_naive: bool,
    /// How long it is quiet between two faults; `None`: nothing is broken.
    pub pause: Option<Duration>,
    /// Decides what is broken, and when.
    pub seed: u64,
}

/// The office, as it is built.
pub(super) struct Office {
    pub(super) env: TestEnv,
    pub(super) outcomes: String,
    pub(super) sqs: SqsProxy,
    pub(super) way: TcpProxy,
    /// A server of its own, where this machine has the program.
    pub(super) spare: Option<Spare>,
    /// What the page tells is being broken.
    pub(super) news: PathBuf,
    /// Names of what was accepted.
    pub(super) accepted: PathBuf,
    /// The database, with no proxy before it.
    pub(super) database: String,
}

impl Office {
    pub(super) async fn build(options: &Options) -> Result<Self> {
        let env = TestEnv::with(sqs().await?, "tickets", MAX_RECEIVE_COUNT).await?;
        let name =
            format!("{}-outcomes", env.queue_url.rsplit('/').next().context("a queue without a name")?);
        let made = env.sqs.create_queue().queue_name(name).attributes(Attribute::VisibilityTimeout, "30");
        let outcomes = made.send().await?.queue_url.context("a queue without a URL")?;
        let spare = Spare::start().await?;
        let database = spare.as_ref().map_or(env.database_url.clone(), |spare| url(ADMIN, spare.address));
        let way = TcpProxy::start(address(&database)?)?;
        let sqs = SqsProxy::start(&variable("AWS_ENDPOINT_URL")?, options.seed)?;
        // As AWS does, and LocalStack does not.
        sqs.handle().refuse_stale_receipts(true);
        let folder = std::env::temp_dir();
        let file = |name: &str| folder.join(format!("tickets-{:016x}-{name}", fastrand::u64(..)));
        let (news, accepted) = (file("news"), file("accepted"));
        let office = Self { env, outcomes, sqs, way, spare, news, accepted, database };
        office.set_up(options.seats).await?;
        Ok(office)
    }

    async fn set_up(&self, seats: u32) -> Result<()> {
        let seats = seats.to_string();
        let variables = [("DATABASE_URL", self.database.as_str())];
        let mut setup = Process::start_with(&self.env, "tickets-setup", &["--seats", &seats], &variables)?;
        let ended = setup.ended(Duration::from_mins(1)).await?;
        ensure!(ended.success(), "the tables could not be made: {}", setup.tail());
        Ok(())
    }

    /// What all programs of the office are told. Leases are short, so that what the dead held comes back
    /// soon.
    pub(super) fn variables(&self, options: &Options) -> Result<Vec<(String, String)>> {
        let upstream = address(&self.database)?.to_string();
        let database = self.database.replace(&upstream, &self.way.address().to_string());
        let variables = [
            ("AWS_ENDPOINT_URL", self.sqs.endpoint()),
            ("DATABASE_URL", direct(database)),
            ("RESERVATIONS_QUEUE", self.env.queue_url.clone()),
            ("OUTCOMES_QUEUE", self.outcomes.clone()),
            ("QUEUE_URL", self.outcomes.clone()),
            ("RECEIPT_SECRET", SECRET.to_owned()),
            ("NEWS_FILE", self.news.display().to_string()),
            ("LISTEN", options.listen.to_string()),
            ("ADMIN_ADDR", "127.0.0.1:0".to_owned()),
            ("VISIBILITY_TIMEOUT", "6s".to_owned()),
            ("WAIT_TIME", "1s".to_owned()),
            ("SHUTDOWN_GRACE", "8s".to_owned()),
            ("HANDLER_TIMEOUT", "20s".to_owned()),
            ("RUST_LOG", "warn".to_owned()),
        ];
        Ok(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
    }

    /// A connection past the proxy.
    pub(super) async fn connect(&self) -> Result<Conn> {
        let options = OptsBuilder::from_opts(Opts::from_url(&self.database)?).prefer_socket(false);
        Ok(Conn::new(options).await?)
    }

    /// Takes everything away again.
    pub(super) async fn remove(self) -> Result<()> {
        for file in [&self.news, &self.accepted] {
            // One that was never written is not there.
            std::fs::remove_file(file).ok();
        }
        self.env.sqs.delete_queue().queue_url(&self.outcomes).send().await?;
        self.env.remove().await
    }
}

/// By TCP: a server on this machine offers its socket, which leads past the proxy.
fn direct(url: String) -> String {
    if url.contains("prefer_socket") { url } else { format!("{url}?prefer_socket=false") }
}

fn address(url: &str) -> Result<SocketAddr> {
    let options = Opts::from_url(url)?;
    Ok(format!("{}:{}", options.ip_or_hostname(), options.tcp_port()).parse()?)
}
