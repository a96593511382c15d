//! Two servers that replicate, and a router before them: one is written to, the other follows.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use faultproxy::TcpProxy;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use tokio::time::timeout;

use crate::spare::{ADMIN, Spare};

/// For the follower to have what the writer has.
const PATIENCE: Duration = Duration::from_secs(30);
/// Names two servers instead, separated by a space: URLs of an administrator, who may replicate.
const VARIABLE: &str = "CHAOS_PAIR";

/// Both servers. New connections to the router go to the writer; others stay where they are.
#[derive(Debug)]
pub(super) struct Pair {
    addresses: [SocketAddr; 2],
    writer: usize,
    router: TcpProxy,
    _own: Vec<Spare>,
}

/// How a server is told what to do.
struct Dialect {
    read_only: &'static str,
    writable: &'static str,
    position: &'static str,
    wait: &'static str,
    follow: &'static str,
    stop: &'static str,
    forget: &'static str,
}

const MARIADB: Dialect = Dialect {
    read_only: "SET GLOBAL read_only = ON",
    writable: "SET GLOBAL read_only = OFF",
    position: "SELECT @@gtid_binlog_pos",
    wait: "MASTER_GTID_WAIT",
    follow: "CHANGE MASTER TO MASTER_HOST = '{host}', MASTER_PORT = {port}, MASTER_USER = 'app', \
             MASTER_PASSWORD = 'app', MASTER_USE_GTID = current_pos; START SLAVE",
    stop: "STOP SLAVE",
    forget: "STOP SLAVE; RESET MASTER; SET GLOBAL gtid_slave_pos = ''",
};

const MYSQL: Dialect = Dialect {
    read_only: "SET GLOBAL super_read_only = ON",
    writable: "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF",
    position: "SELECT @@global.gtid_executed",
    wait: "WAIT_FOR_EXECUTED_GTID_SET",
    follow: "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{host}', SOURCE_PORT = {port}, SOURCE_USER = 'app', \
             SOURCE_PASSWORD = 'app', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA",
    stop: "STOP REPLICA",
    forget: "STOP REPLICA; SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; RESET BINARY LOGS AND GTIDS",
};

impl Pair {
    /// Starts two, or takes those that `CHAOS_PAIR` names; `None` where there is no program of one.
    pub(super) async fn start() -> Result<Option<Self>> {
        let (mut own, mut addresses) = (Vec::new(), Vec::new());
        if let Ok(urls) = std::env::var(VARIABLE) {
            for url in urls.split(' ') {
                let options = Opts::from_url(url).context(VARIABLE)?;
                addresses.push(format!("{}:{}", options.ip_or_hostname(), options.tcp_port()).parse()?);
            }
        } else {
            for id in ["1", "2"] {
                let options = [
                    &format!("--server-id={id}"),
                    "--log-bin=bin",
                    "--log-slave-updates=ON",
                    "--sync-binlog=1",
                    "--innodb-flush-log-at-trx-commit=1",
                    "--loose-gtid-mode=ON",
                    "--loose-enforce-gtid-consistency=ON",
                ];
                let Some(spare) = Spare::start_with(&options).await? else { return Ok(None) };
                addresses.push(spare.address);
                own.push(spare);
            }
        }
        let addresses =
            addresses.try_into().ok().with_context(|| format!("{VARIABLE} must name two servers"))?;
        let pair = Self { addresses, writer: 0, router: TcpProxy::start(addresses[0])?, _own: own };
        for server in 0..2 {
            pair.tell(server, |dialect| dialect.forget.to_owned()).await?;
        }
        pair.tell(1, |dialect| dialect.read_only.to_owned()).await?;
        pair.follow(1).await?;
        Ok(Some(pair))
    }

    /// Where the writer is found.
    pub(super) fn address(&self) -> SocketAddr {
        self.router.address()
    }

    /// Makes the follower the writer, once it has everything. The old writer stays up and read-only,
    /// with every connection that it has.
    pub(super) async fn fail_over(&mut self) -> Result<()> {
        let (old, new) = (self.writer, 1 - self.writer);
        self.tell(old, |dialect| dialect.read_only.to_owned()).await?;
        self.catch_up(old, new).await?;
        self.tell(new, |dialect| dialect.stop.to_owned()).await?;
        self.tell(new, |dialect| dialect.writable.to_owned()).await?;
        self.router.handle().set_upstream(self.addresses[new]);
        self.writer = new;
        self.follow(old).await
    }

    async fn catch_up(&self, old: usize, new: usize) -> Result<()> {
        let (mut from, dialect) = self.connect(old).await?;
        let position: Option<String> = from.query_first(dialect.position).await?;
        let position = position.unwrap_or_default().replace('\n', "");
        let (mut to, dialect) = self.connect(new).await?;
        let wait = format!("SELECT {}('{position}', {})", dialect.wait, PATIENCE.as_secs());
        let waited: Option<i64> = timeout(PATIENCE * 2, to.query_first(wait)).await??;
        ensure!(waited == Some(0), "the follower does not follow: {waited:?}");
        Ok(())
    }

    /// Has the server follow the other one.
    async fn follow(&self, server: usize) -> Result<()> {
        let other = self.addresses[1 - server];
        let (host, port) = (other.ip().to_string(), other.port().to_string());
        self.tell(server, |dialect| dialect.follow.replace("{host}", &host).replace("{port}", &port)).await
    }

    async fn tell(&self, server: usize, what: impl FnOnce(&Dialect) -> String) -> Result<()> {
        let (mut connection, dialect) = self.connect(server).await?;
        for statement in what(dialect).split("; ") {
            connection.query_drop(statement).await.with_context(|| statement.to_owned())?;
        }
        Ok(())
    }

    async fn connect(&self, server: usize) -> Result<(Conn, &'static Dialect)> {
        let url = format!("mysql://{ADMIN}@{}/?prefer_socket=false", self.addresses[server]);
        let mut connection = Conn::new(Opts::from_url(&url)?).await?;
        let version: Option<String> = connection.query_first("SELECT VERSION()").await?;
        let is_mariadb = version.is_some_and(|version| version.contains("MariaDB"));
        Ok((connection, if is_mariadb { &MARIADB } else { &MYSQL }))
    }
}
