//! Which server a connection leads to, and which of its threads serves it.

use std::time::{SystemTime, UNIX_EPOCH};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

/// Where a server does not say, what MariaDB and older ones take.
const MAX_PACKET: usize = 4 << 20;
/// Seconds that two readings of one server's start may lie apart.
const SLACK: u64 = 2;

/// Servers that do not say a code as MySQL does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// And all that are not one of the others.
    Mysql,
    MariaDb,
    TiDb,
    Vitess,
}

/// A server between one start and the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    /// Its own name for itself: a UUID, or else host and port.
    name: String,
    /// Seconds since 1970, by this host's clock.
    started: u64,
}

/// Who serves a connection: a server numbers its threads anew after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    server: Server,
    pub(crate) id: u64,
}

impl Thread {
    /// Whether both are threads of one server that was not restarted between.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let (one, other) = (&self.server, &other.server);
        one.name == other.name && one.started.abs_diff(other.started) <= SLACK
    }
}

/// What a new connection is told by its server.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) kind: Kind,
    /// `None` where it cannot be told for sure, as behind a proxy that has threads of its own.
    pub(crate) thread: Option<Thread>,
    /// Bytes.
    pub(crate) max_packet: usize,
}

impl Peer {
    /// Asks. As texts: the server may be anything, and need not prepare these.
    pub(crate) async fn of(connection: &mut Conn) -> Result<Self, Error> {
        let row: Option<Row> = connection.query_first("SELECT CONNECTION_ID(), VERSION()").await?;
        let told = |at| row.as_ref().and_then(|row| text(row, at));
        let id = told(0).and_then(|id| id.parse::<u64>().ok());
        // Whoever greeted is the one that gave the id; TiDB's is longer than a greeting has room for.
        let id = id.filter(|id| id & u64::from(u32::MAX) == u64::from(connection.id()));
        let variables = pairs(
            connection,
            "SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'hostname', 'port', 'max_allowed_packet')",
        );
        let mut facts = variables.await?;
        let status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'server_id')";
        facts.extend(pairs(connection, status).await?);
        let thread = id.and_then(|id| Some(Thread { server: server(&facts)?, id }));
        let max_packet = said(&facts, "max_allowed_packet").and_then(|bytes| bytes.parse().ok());
        let kind = kind(&told(1).unwrap_or_default());
        Ok(Self { kind, thread, max_packet: max_packet.unwrap_or(MAX_PACKET) })
    }
}

fn kind(version: &str) -> Kind {
    let version = version.to_lowercase();
    if version.contains("tidb") {
        Kind::TiDb
    } else if version.contains("vitess") {
        Kind::Vitess
    } else if version.contains("mariadb") {
        Kind::MariaDb
    } else {
        Kind::Mysql
    }
}

/// MySQL has a `server_uuid`, TiDB a `server_id`, MariaDB neither.
fn server(facts: &[(String, String)]) -> Option<Server> {
    let place = || Some(format!("{}:{}", said(facts, "hostname")?, said(facts, "port")?));
    let name = said(facts, "server_uuid").or_else(|| said(facts, "server_id")).map(str::to_owned);
    let uptime: u64 = said(facts, "Uptime")?.parse().ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Server { name: name.or_else(place)?, started: now.saturating_sub(uptime) })
}

fn said<'f>(facts: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let fact = facts.iter().find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty());
    fact.map(|(_, value)| &**value)
}

/// A server that refuses just says nothing.
async fn pairs(connection: &mut Conn, query: &str) -> Result<Vec<(String, String)>, Error> {
    let rows: Vec<Row> = match connection.query(query).await {
        Err(Error::Server(_)) => Vec::new(),
        rows => rows?,
    };
    Ok(rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect())
}

fn text(row: &Row, at: usize) -> Option<String> {
    row.get_opt::<String, _>(at)?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(facts: &[(&str, &str)], id: u64) -> Option<Thread> {
        let facts: Vec<_> = facts.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Some(Thread { server: server(&facts)?, id })
    }

    #[test]
    fn a_server_is_the_same_by_its_name_and_its_start() {
        let mysql = [("server_uuid", "a"), ("hostname", "h"), ("port", "1"), ("Uptime", "1000")];
        let (one, later) = (thread(&mysql, 1).unwrap(), thread(&mysql, 2).unwrap());
        assert!(one.is_beside(&later));
        let restarted = [("server_uuid", "a"), ("Uptime", "10")];
        let other = [("server_uuid", "b"), ("hostname", "h"), ("port", "1"), ("Uptime", "1000")];
        let mariadb = [("hostname", "h"), ("port", "1"), ("Uptime", "1000")];
        for facts in [&restarted[..], &other, &mariadb] {
            assert!(!one.is_beside(&thread(facts, 1).unwrap()));
        }
        assert!(thread(&mariadb, 1).unwrap().is_beside(&thread(&mariadb, 2).unwrap()));
    }

    #[test]
    fn a_server_that_does_not_say_who_it_is_is_nobody() {
        assert_eq!(thread(&[("hostname", "h"), ("port", "1")], 1), None);
        assert_eq!(thread(&[("hostname", "h"), ("Uptime", "5")], 1), None);
        assert_eq!(thread(&[("server_uuid", ""), ("Uptime", "5")], 1), None);
    }

    #[test]
    fn servers_that_say_codes_in_their_own_way_are_known_by_their_version() {
        let kinds = ["8.0.11-TiDB-v8.5.0", "8.0.40-Vitess", "10.11.6-MariaDB-0+deb12u1", "9.7.0"].map(kind);
        assert_eq!(kinds, [Kind::TiDb, Kind::Vitess, Kind::MariaDb, Kind::Mysql]);
    }
}
