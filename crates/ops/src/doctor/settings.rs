//! What the database server is set to, where it bears on keeping rows.

use std::time::Duration;

use humantime::format_duration;
use mysql::inspect::DatabaseFacts;
use mysql::inspect::table::Insert;
use mysql::inspect::variables::Variables;

use super::check::{Check, CheckName, skipped};

const WRITES: CheckName = CheckName("database writes");
const COMMITS: CheckName = CheckName("database commits");
const MODE: CheckName = CheckName("sql_mode");
const IDLE: CheckName = CheckName("wait_timeout");

/// Connections that are closed sooner are hardly ever used twice.
const IDLE_LEAST: u64 = 30;

/// The settings; `None` where the database cannot be reached.
pub(super) fn checks(facts: Option<&DatabaseFacts>) -> Vec<Check> {
    let Some(DatabaseFacts { variables, table, .. }) = facts else {
        return skipped(&[WRITES, COMMITS, MODE, IDLE], "the database cannot be reached");
    };
    vec![
        writes(variables.read_only.as_deref(), matches!(table.insert, Insert::Tried(Ok(())))),
        commits(variables.flush_at_commit),
        mode(variables),
        idle(variables.idle_seconds),
    ]
}

fn writes(read_only: Option<&str>, stores: bool) -> Check {
    match (read_only, stores) {
        (None, _) => WRITES.ok("not read-only"),
        (Some(setting), false) => WRITES.failed(
            format!("refused: {setting} is on"),
            "name the primary in DATABASE_URL, or switch it off",
        ),
        (Some(setting), true) => WRITES.warning(
            format!("taken, although {setting} is on: this user's rights pass over it"),
            "check that this is the primary; rows on a replica are lost",
        ),
    }
}

/// A message is deleted once its row is committed: a commit that is lost is a message lost.
fn commits(flush: Option<u64>) -> Check {
    match flush {
        None => COMMITS.skipped("the server does not say"),
        Some(1) => COMMITS.ok("outlast a crash of the server"),
        Some(other) => COMMITS.warning(
            format!("the last second's may be lost in a crash, and their messages are deleted: innodb_flush_log_at_trx_commit is {other}"),
            "set innodb_flush_log_at_trx_commit to 1",
        ),
    }
}

fn mode(variables: &Variables) -> Check {
    let is_strict = |mode: &str| mode.contains("STRICT_ALL_TABLES") || mode.contains("STRICT_TRANS_TABLES");
    let (server, session) = (is_strict(&variables.server_mode), is_strict(&variables.session_mode));
    match (session, server) {
        (false, _) => MODE.failed(
            "sessions are not strict although they ask for it: text would be cut short",
            "look for a proxy or init_connect that sets sql_mode",
        ),
        (true, true) => MODE.ok("strict"),
        (true, false) => MODE.ok("strict in the consumer's sessions; the server's own is not"),
    }
}

fn idle(seconds: Option<u64>) -> Check {
    let Some(seconds) = seconds else { return IDLE.skipped("the server does not say") };
    let text = format_duration(Duration::from_secs(seconds)).to_string();
    if seconds < IDLE_LEAST {
        return IDLE.warning(format!("{text}: hardly a connection is used twice"), "raise wait_timeout");
    }
    IDLE.ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Warning};

    #[test]
    fn a_read_only_server_fails_unless_it_takes_rows_all_the_same() {
        assert_eq!(writes(None, true).verdict, Fine);
        assert_eq!(writes(Some("read_only"), false).verdict, Failed);
        assert_eq!(writes(Some("read_only"), true).verdict, Warning);
    }

    #[test]
    fn commits_must_outlast_a_crash() {
        assert_eq!([0, 1, 2].map(|flush| commits(Some(flush)).verdict), [Warning, Fine, Warning]);
    }

    #[test]
    fn sessions_must_be_strict_and_servers_need_not_be() {
        let verdict = |session: &str, server: &str| {
            let (session_mode, server_mode) = (session.to_owned(), server.to_owned());
            mode(&Variables { server_mode, session_mode, ..Variables::default() }).verdict
        };
        assert_eq!(verdict("STRICT_ALL_TABLES", ""), Fine);
        assert_eq!(verdict("", "STRICT_TRANS_TABLES"), Failed);
    }

    #[test]
    fn connections_must_stay_open_between_messages() {
        assert_eq!([29, 30].map(|seconds| idle(Some(seconds)).verdict), [Warning, Fine]);
    }
}
