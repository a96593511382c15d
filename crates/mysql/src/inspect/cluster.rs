//! What a server says of the others: replicas that read from it, and a cluster it is a member of.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use super::bounded::run;
use crate::connection::pool::Connection;
use crate::error::StoreError;

/// What replicas read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binlog {
    /// `sync_binlog`: 1 where what replicas got outlives a crash here, too.
    pub sync: Option<u64>,
    /// Whether a commit waits until a replica has it.
    pub is_semi_synchronous: bool,
    /// Replicas that are connected; `None` where the server does not say.
    pub replicas: Option<u64>,
}

/// A cluster whose members all hold the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cluster {
    /// Of Galera.
    Galera {
        /// `Primary` where it has a quorum.
        status: String,
        /// Whether this node takes statements.
        is_ready: bool,
        /// Nodes.
        size: Option<u64>,
    },
    /// Of MySQL Group Replication.
    Group {
        /// Their states, as this one sees them; none where they may not be seen.
        members: Vec<String>,
        /// Whether only one of them takes writes.
        is_single_primary: bool,
    },
}

type Said = HashMap<String, String>;

fn is_on(said: &Said, name: &str) -> bool {
    said.get(name).is_some_and(|value| matches!(&**value, "ON" | "1"))
}

fn number(said: &Said, name: &str) -> Option<u64> {
    said.get(name)?.parse().ok()
}

impl Binlog {
    pub(crate) fn read(global: &Said, status: &Said) -> Option<Self> {
        let semi = ["rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled"];
        is_on(global, "log_bin").then(|| Self {
            sync: number(global, "sync_binlog"),
            is_semi_synchronous: semi.iter().any(|name| is_on(global, name)),
            replicas: number(status, "Slaves_connected"),
        })
    }
}

impl Cluster {
    pub(crate) fn read(global: &Said, status: &Said) -> Option<Self> {
        if is_on(global, "wsrep_on") {
            let state = status.get("wsrep_cluster_status").cloned().unwrap_or_default();
            let (is_ready, size) = (is_on(status, "wsrep_ready"), number(status, "wsrep_cluster_size"));
            return Some(Self::Galera { status: state, is_ready, size });
        }
        global.get("group_replication_group_name").filter(|name| !name.is_empty())?;
        let is_single_primary = is_on(global, "group_replication_single_primary_mode");
        Some(Self::Group { members: Vec::new(), is_single_primary })
    }
}

/// <https://dev.mysql.com/doc/refman/8.4/en/group-replication-replication-group-members.html>
pub(crate) async fn members(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let query = sql::<Text>("SELECT MEMBER_STATE FROM performance_schema.replication_group_members");
    match run(connection, |connection| Box::pin(query.load(connection))).await {
        // Not everyone may read it.
        Err(error) if error.code.is_some() => Ok(Vec::new()),
        members => members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(said: &[(&str, &str)]) -> Said {
        said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_server_of_its_own_is_in_no_cluster_and_has_no_replicas() {
        let alone = said(&[("wsrep_on", "OFF"), ("log_bin", "OFF"), ("group_replication_group_name", "")]);
        assert_eq!((Cluster::read(&alone, &alone), Binlog::read(&alone, &alone)), (None, None));
    }

    #[test]
    fn members_of_clusters_are_known_by_their_settings() {
        let galera =
            said(&[("wsrep_on", "ON"), ("wsrep_cluster_status", "non-Primary"), ("wsrep_ready", "OFF")]);
        let status = "non-Primary".to_owned();
        let found = Cluster::read(&galera, &galera);
        assert_eq!(found, Some(Cluster::Galera { status, is_ready: false, size: None }));
        let group =
            said(&[("group_replication_group_name", "a"), ("group_replication_single_primary_mode", "ON")]);
        let found = Cluster::read(&group, &group);
        assert_eq!(found, Some(Cluster::Group { members: Vec::new(), is_single_primary: true }));
    }
}
