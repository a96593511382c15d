//! SQS and database at a distance: relays before both, in a process of their own.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use mysql_async::Opts;
use nix::unistd::Pid;
use proof::process::folder_of;
use proof::test_env::{TestEnv, variable};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::lookup_host;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::site::Site;

/// Round trips before a connection to SQS carries a byte: TCP, and two for TLS, as its older version has them.
const QUEUE_SET_UP: u32 = 3;
/// To the database: TCP. What greets and logs in travels by itself.
const DATABASE_SET_UP: u32 = 1;

/// Round trips, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// From a request to SQS to its answer.
    pub queue: u32,
    /// From a statement to the answer of the database.
    pub database: u32,
}

impl Away {
    /// As tables have it.
    pub fn text(self) -> String {
        format!("{}/{}", self.queue, self.database)
    }
}

/// Killed when dropped, and ends by itself when this process does.
#[derive(Debug)]
pub(super) struct Far {
    /// The process of the relays, whose processor time is told apart.
    pub pid: Pid,
    queue: SocketAddr,
    database: SocketAddr,
    _child: Child,
}

impl Far {
    /// Starts relays to the queues at `endpoint` and to the stack's database.
    pub(super) async fn start(endpoint: &str, away: Away) -> Result<Self> {
        let (_, queue) = endpoint.split_once("://").context("an endpoint without a scheme")?;
        let database = Opts::from_url(&variable("DATABASE_URL")?)?;
        let database = format!("{}:{}", database.ip_or_hostname(), database.tcp_port());
        let mut command = Command::new(folder_of("far_proxy")?.join("far_proxy"));
        for (upstream, millis, set_up) in
            [(queue, away.queue, QUEUE_SET_UP), (&database, away.database, DATABASE_SET_UP)]
        {
            let address = lookup_host(upstream.trim_end_matches('/')).await?.find(SocketAddr::is_ipv4);
            let address = address.with_context(|| format!("{upstream} is no address"))?;
            command.arg(format!("{address}:{}:{set_up}", millis * 1_000));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = command.spawn().context("cannot start far_proxy")?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("no process id")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut address = async || {
            let line =
                timeout(Duration::from_secs(10), lines.next_line()).await.context("far_proxy hangs")??;
            Ok::<SocketAddr, anyhow::Error>(line.context("far_proxy does not start")?.parse()?)
        };
        let (queue, database) = (address().await?, address().await?);
        Ok(Self { pid: Pid::from_raw(pid), queue, database, _child: child })
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.queue)
    }

    /// A fresh queue of the site, and an empty table, whose URLs lead here: emulators know a queue only by the
    /// URL that it was made under.
    pub(super) async fn bed(&self, site: &Site) -> Result<TestEnv> {
        let mut bed = site.bed_at(&self.endpoint()).await?;
        bed.database_url = moved(&bed.database_url, self.database)?;
        Ok(bed)
    }
}

/// The database's URL with another address.
fn moved(url: &str, address: SocketAddr) -> Result<String> {
    let (server, schema) = url.rsplit_once('/').context("the URL names no database")?;
    let at = server.rfind(['@', '/']).context("the URL names no server")?;
    Ok(format!("{}{address}/{schema}", &server[..=at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_moved_with_its_user_and_its_database() {
        let to = "127.0.0.1:9".parse().unwrap();
        let url = moved("mysql://app:p%40ss@localhost:3306/bench", to).unwrap();
        assert_eq!(url, "mysql://app:p%40ss@127.0.0.1:9/bench");
        assert_eq!(moved("mysql://localhost/x", to).unwrap(), "mysql://127.0.0.1:9/x");
        assert!(moved("nonsense", to).is_err());
    }
}
