//! What the options say of time, against each other and against what calls may take.

use std::time::Duration;

use humantime::format_duration;

use super::check::{About, Check};
use crate::cli::ConsumeArgs;
use crate::config;

const VISIBILITY: About = About("visibility timeout");
const WAIT: About = About("wait time");
const GRACE: About = About("shutdown grace");

/// A call to extend a lease is given up after 5 s; a lease is extended at half its time.
const VISIBILITY_LEAST: Duration = Duration::from_secs(12);
/// Whoever waits longer for the messages of a consumer that crashed wonders where they are.
const VISIBILITY_MOST: Duration = Duration::from_mins(15);
/// A statement may take 10 s, and the call that deletes what it stored 5 s.
const GRACE_LEAST: Duration = Duration::from_secs(15);

/// The times.
pub(super) fn checks(args: &ConsumeArgs) -> Vec<Check> {
    vec![visibility(args.visibility_timeout), wait(args), grace(args.shutdown_grace)]
}

fn visibility(timeout: Duration) -> Check {
    let text = format_duration(timeout);
    if timeout < VISIBILITY_LEAST {
        let remedy = "set --visibility-timeout (VISIBILITY_TIMEOUT) to 30s";
        VISIBILITY
            .warning(format!("{text}: one slow call to extend it, and messages are handed out twice"), remedy)
    } else if timeout > VISIBILITY_MOST {
        let remedy = "shorten --visibility-timeout (VISIBILITY_TIMEOUT): it is extended while work goes on";
        VISIBILITY.warning(format!("{text}: so long are messages of a consumer that crashed away"), remedy)
    } else {
        VISIBILITY.ok(format!("{text}, extended at half of it"))
    }
}

fn wait(args: &ConsumeArgs) -> Check {
    let wait = config::wait_time(args);
    let text = format_duration(wait);
    let polls = 3_600 / wait.as_secs().max(1);
    if wait.is_zero() {
        let remedy = "set --wait-time (WAIT_TIME) to 20s, and --shutdown-grace (SHUTDOWN_GRACE) to 25s";
        WAIT.warning("none: an empty queue is polled without rest, and each poll is paid for", remedy)
    } else if wait < args.wait_time {
        let (asked, grace) = (format_duration(args.wait_time), format_duration(args.shutdown_grace));
        let detail = format!(
            "{text}, shortened from {asked} to fit the grace of {grace}: {polls} polls an hour when idle"
        );
        WAIT.warning(detail, "raise --shutdown-grace (SHUTDOWN_GRACE), or lower --wait-time (WAIT_TIME)")
    } else {
        WAIT.ok(format!("{text}: {polls} polls an hour when idle"))
    }
}

fn grace(grace: Duration) -> Check {
    let text = format_duration(grace);
    if grace < GRACE_LEAST {
        let detail =
            format!("{text}: shorter than a slow statement and its delete, so a drain may be cut short");
        return GRACE.warning(detail, "raise --shutdown-grace (SHUTDOWN_GRACE) to 25s");
    }
    // Kubernetes kills after 30 s if nobody says otherwise, Docker and ECS after 10 s and 30 s.
    GRACE.ok(format!("{text}: whatever kills the consumer must wait longer after SIGTERM"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::check::Verdict::{self, Ok as Fine, Warning};
    use super::*;
    use crate::cli::Cli;

    fn verdicts(arguments: &[&str]) -> Vec<Verdict> {
        let cli = Cli::parse_from([&["consumer"], arguments].concat());
        checks(&cli.consume).iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn times_that_do_not_go_together_are_warned_of() {
        let cases: [(&[&str], [Verdict; 3]); 8] = [
            (&["--visibility-timeout", "30s", "--wait-time", "20s", "--shutdown-grace", "25s"], [Fine; 3]),
            (&["--visibility-timeout", "12s", "--wait-time", "5s", "--shutdown-grace", "15s"], [Fine; 3]),
            (&["--visibility-timeout", "11s"], [Warning, Fine, Fine]),
            (&["--visibility-timeout", "15m"], [Fine; 3]),
            (&["--visibility-timeout", "1h"], [Warning, Fine, Fine]),
            (&["--wait-time", "20s", "--shutdown-grace", "20s"], [Fine, Warning, Fine]),
            (&["--wait-time", "0s"], [Fine, Warning, Fine]),
            (&["--wait-time", "5s", "--shutdown-grace", "14s"], [Fine, Fine, Warning]),
        ];
        for (arguments, expected) in cases {
            assert_eq!(verdicts(arguments), expected, "{arguments:?}");
        }
    }
}
