//! Servers beside the one that is written to: whether they would keep what it committed.

use mysql::inspect::cluster::{Binlog, Cluster};
use mysql::inspect::variables::Variables;

use super::check::{Check, CheckName, skipped};

const CLUSTER: CheckName = CheckName("database cluster");
const REPLICAS: CheckName = CheckName("database replicas");

/// The others; `None` where the database cannot be reached.
pub(super) fn checks(variables: Option<&Variables>) -> Vec<Check> {
    match variables {
        None => skipped(&[CLUSTER, REPLICAS], "the database cannot be reached"),
        Some(variables) => vec![cluster(variables.cluster.as_ref()), replicas(variables.binlog)],
    }
}

fn cluster(cluster: Option<&Cluster>) -> Check {
    match cluster {
        None => CLUSTER.ok("none"),
        Some(Cluster::Galera { status, is_ready, size }) => galera(status, *is_ready, *size),
        Some(Cluster::Group { members, is_single_primary }) => group(members, *is_single_primary),
    }
}

fn galera(status: &str, is_ready: bool, size: Option<u64>) -> Check {
    if status != "Primary" || !is_ready {
        let state = if status.is_empty() { "no status" } else { status };
        return CLUSTER.failed(
            format!("this node of Galera takes no statements: {state}"),
            "have the proxy check wsrep_ready, or bring back the quorum",
        );
    }
    let nodes = size.map_or_else(|| "an unknown number of".to_owned(), |size| size.to_string());
    CLUSTER.ok(format!("Galera, {nodes} nodes; conflicts are least where one of them takes all writes"))
}

fn group(members: &[String], is_single_primary: bool) -> Check {
    let (reached, all) = (members.iter().filter(|state| *state == "ONLINE").count(), members.len());
    let detail = format!("Group Replication, {reached} of {all} members online");
    if members.is_empty() {
        return CLUSTER.skipped("Group Replication; its members may not be seen");
    }
    if 2 * reached <= all {
        return CLUSTER.failed(format!("{detail}: no majority, so commits hang"), "bring the members back");
    }
    if is_single_primary {
        return CLUSTER.ok(detail);
    }
    CLUSTER.warning(
        format!("{detail}, all of which take writes: what conflicts is rolled back, and tried again"),
        "send all writes to one of them, or set group_replication_single_primary_mode",
    )
}

/// A message is deleted after the commit: what a replica lacks then is lost when it takes over.
fn replicas(binlog: Option<Binlog>) -> Check {
    const LOSES: &str = "one that takes over may lack the last rows, whose messages are deleted";
    const REMEDY: &str = "use semi-synchronous replication, Group Replication, Galera, Aurora or Multi-AZ";
    match binlog {
        None => REPLICAS.ok("none: there is no binary log"),
        Some(Binlog { sync: Some(sync), .. }) if sync != 1 => REPLICAS.warning(
            format!(
                "sync_binlog is {sync}: after a crash replicas may lack rows that are here, or have others"
            ),
            "set sync_binlog to 1",
        ),
        Some(Binlog { is_semi_synchronous: true, .. }) => REPLICAS.ok("semi-synchronous"),
        Some(Binlog { replicas: Some(0), .. }) => REPLICAS.ok("none are connected"),
        Some(Binlog { replicas: Some(replicas), .. }) => {
            REPLICAS.warning(format!("{replicas}, asynchronous: {LOSES}"), REMEDY)
        }
        Some(_) => REPLICAS.ok(format!("if there are any, they are asynchronous: {LOSES}; {REMEDY}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    #[test]
    fn a_node_without_quorum_fails() {
        let verdict = |status, is_ready| galera(status, is_ready, Some(3)).verdict;
        assert_eq!(
            [
                verdict("Primary", true),
                verdict("Primary", false),
                verdict("non-Primary", true),
                verdict("", true)
            ],
            [Fine, Failed, Failed, Failed]
        );
        let verdict = |states: &[&str], single| {
            let members: Vec<_> = states.iter().map(|state| (*state).to_owned()).collect();
            group(&members, single).verdict
        };
        assert_eq!(verdict(&["ONLINE", "ONLINE", "UNREACHABLE"], true), Fine);
        assert_eq!(verdict(&["ONLINE", "UNREACHABLE", "UNREACHABLE"], true), Failed);
        assert_eq!((verdict(&["ONLINE"], false), verdict(&[], true)), (Warning, Skipped));
        assert_eq!(cluster(None).verdict, Fine);
    }

    #[test]
    fn replicas_that_may_lack_rows_are_warned_of() {
        let binlog = Binlog { sync: Some(1), is_semi_synchronous: false, replicas: None };
        let verdict = |binlog| replicas(Some(binlog)).verdict;
        assert_eq!(verdict(binlog), Fine);
        assert_eq!(verdict(Binlog { sync: Some(0), ..binlog }), Warning);
        assert_eq!(verdict(Binlog { replicas: Some(1), ..binlog }), Warning);
        assert_eq!(verdict(Binlog { replicas: Some(0), ..binlog }), Fine);
        assert_eq!(verdict(Binlog { replicas: Some(1), is_semi_synchronous: true, ..binlog }), Fine);
        assert_eq!(replicas(None).verdict, Fine);
    }
}
