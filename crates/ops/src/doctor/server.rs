//! The database server: whether it can be reached and trusted.

use mysql::connection::url::DatabaseUrl;
use mysql::inspect::DatabaseFacts;
use mysql::store::open::OpenError;

use super::check::{Check, CheckName, skipped};

const DATABASE: CheckName = CheckName("database");
const TLS: CheckName = CheckName("database TLS");
const VERSION: CheckName = CheckName("database version");
const CLOCK: CheckName = CheckName("database clock");

/// What no clock that is kept right is off, in milliseconds.
const SKEW_WATCHED: u64 = 2_000;

/// The server.
pub(super) fn checks(url: &DatabaseUrl, found: &Result<DatabaseFacts, OpenError>) -> Vec<Check> {
    match found {
        Ok(facts) => vec![
            DATABASE.ok(url.to_string()),
            encrypted(facts.variables.cipher.as_deref(), url),
            version(&facts.version),
            clock(facts.ahead),
        ],
        Err(error) => {
            let mut checks = vec![unreachable(error)];
            checks.extend(skipped(&[TLS, VERSION, CLOCK], "the database cannot be reached"));
            checks
        }
    }
}

fn unreachable(error: &OpenError) -> Check {
    match error {
        OpenError::Denied(url, error) => DATABASE.failed(
            format!("{url} denies access: {error}"),
            "check user, password and rights in DATABASE_URL",
        ),
        OpenError::NoDatabase(url) => {
            DATABASE.failed(format!("there is no database {url}"), "create it, or check DATABASE_URL")
        }
        OpenError::Unavailable(url, error) => DATABASE
            .failed(format!("{url} cannot be reached: {error}"), "check that it runs, and DATABASE_URL"),
        OpenError::Busy(url, error) | OpenError::Locked(url, error) => {
            DATABASE.failed(format!("{url} cannot be used now: {error}"), "ask again; see SHOW PROCESSLIST")
        }
        error => DATABASE.failed(error.to_string(), "check DATABASE_URL"),
    }
}

fn encrypted(cipher: Option<&str>, url: &DatabaseUrl) -> Check {
    match cipher {
        Some(cipher) if url.trusts_anybody() => TLS.warning(
            format!("{cipher}, with a server that anybody could be"),
            "take verify_ca=false out of DATABASE_URL",
        ),
        Some(cipher) => TLS.ok(cipher),
        None if url.is_exposed() => TLS.warning(
            "none: bodies and password cross a network",
            "give --database-ca-file, or add ?require_ssl=true to DATABASE_URL",
        ),
        None => TLS.ok("none, and none needed: it is on this host"),
    }
}

fn version(version: &str) -> Check {
    const REMEDY: &str = "use MySQL 8.0 or MariaDB 10.6, or a later one";
    let is_mariadb = version.contains("MariaDB");
    let least = if is_mariadb { (10, 6) } else { (8, 0) };
    let mut numbers = version.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    // MariaDB names itself in its version.
    let detail = if is_mariadb { version.to_owned() } else { format!("MySQL {version}") };
    if found < least {
        VERSION.warning(format!("{detail}: never tried on"), REMEDY)
    } else {
        VERSION.ok(detail)
    }
}

/// `created_at` is the server's time, `sent_at` is SQS's.
fn clock(ahead: i64) -> Check {
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let off = ahead.unsigned_abs();
    let detail = format!("{off} ms {side} this host's");
    if off < SKEW_WATCHED {
        return CLOCK.ok(detail);
    }
    CLOCK.warning(format!("{detail}: created_at is off by as much"), "set both clocks, such as by NTP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Ok as Fine, Warning};

    #[test]
    fn tls_is_wanted_where_a_network_is_crossed() {
        let verdict = |cipher, url: &str| encrypted(cipher, &url.parse().unwrap()).verdict;
        let verified = "mysql://u:p@db.example/d?require_ssl=true";
        assert_eq!(verdict(Some("TLS"), verified), Fine);
        assert_eq!(verdict(Some("TLS"), &format!("{verified}&verify_ca=false")), Warning);
        assert_eq!(verdict(None, "mysql://u:p@db.example/d"), Warning);
        assert_eq!(verdict(None, "mysql://u:p@127.0.0.1/d"), Fine);
    }

    #[test]
    fn old_servers_are_warned_of() {
        let cases = [
            ("8.0.11", Fine),
            ("8.4.3-log", Fine),
            ("9.7.0", Fine),
            ("5.7.44-log", Warning),
            ("10.6.1-MariaDB", Fine),
            ("10.11.19-MariaDB-0+deb12u1", Fine),
            ("11.4.2-MariaDB", Fine),
            ("10.5.29-MariaDB", Warning),
            ("nonsense", Warning),
        ];
        for (text, verdict) in cases {
            assert_eq!(version(text).verdict, verdict, "{text}");
        }
    }

    #[test]
    fn clocks_that_are_apart_are_warned_of() {
        assert_eq!(
            [0, 1_999, 2_000, -2_000].map(|ahead| clock(ahead).verdict),
            [Fine, Fine, Warning, Warning]
        );
    }
}
