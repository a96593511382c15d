//! What a server is set to, read by name: a name that the server does not know is just missing.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;

use super::bounded::run;
use super::cluster::{self, Binlog, Cluster};
use crate::connection::pool::Connection;
use crate::error::StoreError;

/// The server's own, as sessions get them if they ask for nothing.
const GLOBAL: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', \
     'innodb_read_only', 'innodb_flush_log_at_trx_commit', 'max_connections', 'sql_mode', 'wsrep_on', \
     'log_bin', 'sync_binlog', 'rpl_semi_sync_master_enabled', 'rpl_semi_sync_source_enabled', \
     'group_replication_group_name', 'group_replication_single_primary_mode')";
/// Those of a session as the consumer opens it.
const SESSION: &str = "SHOW SESSION VARIABLES WHERE Variable_name IN ('sql_mode', \
     'max_allowed_packet', 'max_user_connections', 'wait_timeout')";
const STATUS: &str = "SHOW STATUS WHERE Variable_name IN ('Ssl_cipher', 'Threads_connected', \
     'Slaves_connected', 'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_ready')";

/// What a server and a consumer's session on it are set to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// The first of the settings that make the server refuse writes.
    pub read_only: Option<String>,
    /// `innodb_flush_log_at_trx_commit`: 1 where a commit outlives a crash.
    pub flush_at_commit: Option<u64>,
    /// `max_connections`; `None` where they are not limited, as 0 means on TiDB.
    pub max_connections: Option<u64>,
    /// Connections that are open.
    pub connected: u64,
    /// `sql_mode` of the server.
    pub server_mode: String,
    /// `sql_mode` of the session.
    pub session_mode: String,
    /// `max_allowed_packet` in bytes.
    pub max_packet: Option<u64>,
    /// `max_user_connections`; `None` where they are not limited.
    pub max_user_connections: Option<u64>,
    /// `wait_timeout` in seconds.
    pub idle_seconds: Option<u64>,
    /// Of the session's encryption; `None` where it has none.
    pub cipher: Option<String>,
    /// What replicas read; `None` where the server keeps no binary log.
    pub binlog: Option<Binlog>,
    /// The cluster that the server is a member of.
    pub cluster: Option<Cluster>,
}

#[derive(QueryableByName)]
struct Variable {
    #[diesel(sql_type = Text, column_name = "Variable_name")]
    name: String,
    #[diesel(sql_type = Nullable<Text>, column_name = "Value")]
    value: Option<String>,
}

impl Variables {
    pub(crate) async fn of(connection: &mut Connection) -> Result<Self, StoreError> {
        let global = shown(connection, GLOBAL).await?;
        let session = shown(connection, SESSION).await?;
        let status = shown(connection, STATUS).await?;
        let mut read = Self::read(&global, &session, &status);
        if let Some(Cluster::Group { members, .. }) = &mut read.cluster {
            *members = cluster::members(connection).await?;
        }
        Ok(read)
    }

    fn read(
        global: &HashMap<String, String>,
        session: &HashMap<String, String>,
        status: &HashMap<String, String>,
    ) -> Self {
        let number = |from: &HashMap<String, String>, name| from.get(name)?.parse::<u64>().ok();
        let text = |from: &HashMap<String, String>, name| from.get(name).cloned().unwrap_or_default();
        let read_only = first_read_only(|name| global.get(name).map(String::as_str));
        Self {
            read_only: read_only.map(str::to_owned),
            flush_at_commit: number(global, "innodb_flush_log_at_trx_commit"),
            max_connections: number(global, "max_connections").filter(|most| *most > 0),
            connected: number(status, "Threads_connected").unwrap_or_default(),
            server_mode: text(global, "sql_mode"),
            session_mode: text(session, "sql_mode"),
            max_packet: number(session, "max_allowed_packet"),
            max_user_connections: number(session, "max_user_connections").filter(|most| *most > 0),
            idle_seconds: number(session, "wait_timeout"),
            cipher: status.get("Ssl_cipher").filter(|cipher| !cipher.is_empty()).cloned(),
            binlog: Binlog::read(global, status),
            cluster: Cluster::read(global, status),
        }
    }
}

/// The first of the settings that make a server refuse writes, the strictest first. Servers say ON,
/// 1 or something else; off is always one of two.
pub(crate) fn first_read_only<'v>(said: impl Fn(&str) -> Option<&'v str>) -> Option<&'static str> {
    let mut settings = ["innodb_read_only", "super_read_only", "read_only"].into_iter();
    settings.find(|name| said(name).is_some_and(|value| !matches!(value, "OFF" | "0")))
}

async fn shown(
    connection: &mut Connection,
    statement: &'static str,
) -> Result<HashMap<String, String>, StoreError> {
    let query = diesel::sql_query(statement);
    let variables: Vec<Variable> = run(connection, |connection| Box::pin(query.load(connection))).await?;
    Ok(variables.into_iter().filter_map(|variable| Some((variable.name, variable.value?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(said: &[(&str, &str)]) -> Variables {
        let said = said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Variables::read(&said, &said, &said)
    }

    #[test]
    fn a_server_is_read_only_by_any_of_its_settings() {
        assert_eq!(variables(&[("read_only", "OFF"), ("super_read_only", "OFF")]).read_only, None);
        assert_eq!(variables(&[("read_only", "0")]).read_only, None);
        let read_only = |said| variables(said).read_only.unwrap();
        assert_eq!(read_only(&[("read_only", "ON"), ("super_read_only", "ON")]), "super_read_only");
        assert_eq!(read_only(&[("read_only", "1")]), "read_only");
    }

    #[test]
    fn none_means_not_limited_and_not_encrypted() {
        let variables = variables(&[("max_user_connections", "0"), ("Ssl_cipher", "")]);
        assert_eq!((variables.max_user_connections, variables.cipher), (None, None));
    }
}
