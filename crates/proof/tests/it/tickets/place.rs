//! A server of the office, without workers, whose database and queue can be taken away.

use anyhow::{Context, Result, ensure};
use faultproxy::{SqsProxy, TcpProxy};
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::{TestEnv, variable};

use crate::http::Admin;
use crate::support::{LONGEST, eventually};

/// Seats of the hall.
pub(super) const SEATS: u32 = 200;

/// The server, and the ways to what it needs.
pub(super) struct Place {
    pub(super) sqs: SqsProxy,
    pub(super) database: TcpProxy,
    pub(super) news: std::path::PathBuf,
    pub(super) server: Process,
}

impl Place {
    pub(super) async fn on(env: &TestEnv) -> Result<Self> {
        let mut setup = Process::start(env, "tickets-setup", &["--seats", &SEATS.to_string()])?;
        ensure!(setup.ended(LONGEST).await?.success(), "{}", setup.tail());
        let upstream = env.database_url.rsplit_once('@').context("no user")?.1;
        let upstream = upstream.split_once('/').context("no database")?.0;
        let database = TcpProxy::start(upstream.parse()?)?;
        let sqs = SqsProxy::start(&variable("AWS_ENDPOINT_URL")?, 0)?;
        let news = std::env::temp_dir().join(format!("news-{:016x}", fastrand::u64(..)));
        let server = serve(env, &sqs, &database, &news)?;
        Ok(Self { sqs, database, news, server })
    }

    /// Another one in its place.
    pub(super) fn replace(&mut self, env: &TestEnv) -> Result<()> {
        self.server = serve(env, &self.sqs, &self.database, &self.news)?;
        Ok(())
    }

    /// Where the server is, once it says so.
    pub(super) async fn address(&self) -> Result<Admin> {
        const SAYS: &str = "the office is open: http://";
        eventually("an office", async || Ok(self.server.log()?.contains(SAYS))).await?;
        let log = self.server.log()?;
        let (_, rest) = log.split_once(SAYS).context("no office")?;
        Ok(Admin(rest.split('/').next().context("no address")?.parse()?))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_file(&self.news).ok();
    }
}

fn serve(env: &TestEnv, sqs: &SqsProxy, database: &TcpProxy, news: &std::path::Path) -> Result<Process> {
    let upstream = env.database_url.rsplit_once('@').context("no user")?.1;
    let (upstream, _) = upstream.split_once('/').context("no database")?;
    let url = env.database_url.replace(upstream, &database.address().to_string());
    let (url, news) = (format!("{url}?prefer_socket=false"), news.display().to_string());
    let variables = [
        ("LISTEN", "127.0.0.1:0"),
        ("DATABASE_URL", &url),
        ("AWS_ENDPOINT_URL", &sqs.endpoint()),
        ("RESERVATIONS_QUEUE", &env.queue_url),
        ("RECEIPT_SECRET", "a secret of these tests"),
        ("NEWS_FILE", &news),
    ];
    Process::start_with(env, "tickets-server", &[], &variables)
}

/// What a worker would have decided: this seat, for somebody.
pub(super) async fn decide(env: &TestEnv, reservation: &str, seat: u32, is_sold: bool) -> Result<()> {
    let insert = "INSERT INTO reservations (reservation, user, seat, is_sold) VALUES (?, 1, ?, ?)";
    Ok(env.connect().await?.exec_drop(insert, (reservation, seat, is_sold)).await?)
}
