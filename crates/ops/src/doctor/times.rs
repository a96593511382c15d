//! What the options say of time, against each other and against what calls may take.

use std::time::Duration;

use engine::settings::{Settings, fitting_wait};
use humantime::format_duration;

use super::check::{Check, CheckName};
use super::plan::Plan;

const VISIBILITY: CheckName = CheckName("visibility timeout");
const WAIT: CheckName = CheckName("wait time");
const GRACE: CheckName = CheckName("shutdown grace");

/// A call to extend a lease is given up after 5 s; a lease is extended at half its time.
const VISIBILITY_LEAST: Duration = Duration::from_secs(12);
/// Whoever waits longer for the messages of a consumer that crashed wonders where they are.
const VISIBILITY_MOST: Duration = Duration::from_mins(15);
/// A statement may take 10 s, and the call that deletes what it stored 5 s.
const GRACE_LEAST: Duration = Duration::from_secs(15);

/// The times.
pub(super) fn checks(plan: &Plan) -> Vec<Check> {
    let settings = &plan.settings;
    vec![visibility(settings.visibility_timeout), wait(settings), grace(settings.shutdown_grace)]
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

fn wait(&Settings { wait_time: asked, shutdown_grace: grace, .. }: &Settings) -> Check {
    let wait = fitting_wait(asked, grace);
    let text = format_duration(wait);
    let polls = 3_600 / wait.as_secs().max(1);
    if wait.is_zero() {
        let remedy = "set --wait-time (WAIT_TIME) to 20s, and --shutdown-grace (SHUTDOWN_GRACE) to 25s";
        WAIT.warning("none: an empty queue is polled without rest, and each poll is paid for", remedy)
    } else if wait < asked {
        let (asked, grace) = (format_duration(asked), format_duration(grace));
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
    use super::super::check::Verdict::{self, Ok as Fine, Warning};
    use super::*;

    fn verdicts([visibility, wait, grace]: [u64; 3]) -> Vec<Verdict> {
        let [visibility_timeout, wait_time, shutdown_grace] =
            [visibility, wait, grace].map(Duration::from_secs);
        let settings = Settings { visibility_timeout, wait_time, shutdown_grace, ..Settings::default() };
        let plan = Plan { settings, consumers: 1, mapping: None };
        checks(&plan).iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn times_that_do_not_go_together_are_warned_of() {
        let cases: [([u64; 3], [Verdict; 3]); 8] = [
            ([30, 20, 25], [Fine; 3]),
            ([12, 5, 15], [Fine; 3]),
            ([11, 20, 25], [Warning, Fine, Fine]),
            ([15 * 60, 20, 25], [Fine; 3]),
            ([60 * 60, 20, 25], [Warning, Fine, Fine]),
            ([30, 20, 20], [Fine, Warning, Fine]),
            ([30, 0, 25], [Fine, Warning, Fine]),
            ([30, 5, 14], [Fine, Fine, Warning]),
        ];
        for (seconds, expected) in cases {
            assert_eq!(verdicts(seconds), expected, "{seconds:?}");
        }
    }
}
