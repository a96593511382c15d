//! Region, credentials, endpoint and clock: whether SQS can be called at all.

use std::time::SystemTime;

use sqs::account::Account;
use sqs::client::AccountError;
use sqs::inspect::QueueFacts;

use super::check::{Check, CheckName};

const REGION: CheckName = CheckName("region");
const CREDENTIALS: CheckName = CheckName("credentials");
const ENDPOINT: CheckName = CheckName("endpoint");
const CLOCK: CheckName = CheckName("SQS clock");

/// A signature is good for 5 minutes before and after its time.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
const SKEW_REFUSED: u64 = 300;
/// What no clock that is kept right is off, in seconds.
const SKEW_WATCHED: u64 = 30;

/// The account, as it was found.
pub(super) fn account(found: &Result<Account, AccountError>) -> Vec<Check> {
    let no_credentials =
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the host a role";
    match found {
        Ok(account) => vec![REGION.ok(&account.region), credentials(account, SystemTime::now())],
        Err(AccountError::NoRegion) => vec![
            REGION.failed("none", "set AWS_REGION, or a region in the profile that AWS_PROFILE names"),
            CREDENTIALS.skipped("there is no region"),
        ],
        Err(error @ AccountError::Endpoint(_)) => vec![
            REGION.skipped("the endpoint is none"),
            CREDENTIALS.failed(error.to_string(), "give AWS_ENDPOINT_URL a scheme, or unset it"),
        ],
        Err(error @ AccountError::NoAuthorities(_)) => vec![
            REGION.skipped("the SDK cannot be started"),
            CREDENTIALS.failed(error.to_string(), "install ca-certificates"),
        ],
        Err(AccountError::NoCredentials(error)) => {
            vec![REGION.ok("found"), CREDENTIALS.failed(error, no_credentials)]
        }
        Err(AccountError::CredentialsAway(error)) => {
            let silent = format!("their source does not answer ({error})");
            let source =
                "check the host's role and its metadata service, or name another source by AWS_PROFILE";
            vec![REGION.ok("found"), CREDENTIALS.failed(silent, source)]
        }
    }
}

fn credentials(account: &Account, now: SystemTime) -> Check {
    let source = format!("from {}", account.source);
    let Some(expires_at) = account.expires_at else { return CREDENTIALS.ok(source) };
    match expires_at.duration_since(now) {
        Ok(left) => CREDENTIALS.ok(format!("{source}, good for {} min", left.as_secs() / 60)),
        Err(_) => CREDENTIALS.failed(format!("{source}, expired"), "renew them, such as by a new log-in"),
    }
}

/// Where calls went, and what time it is there.
pub(super) fn calls(facts: Option<&QueueFacts>) -> Vec<Check> {
    let endpoint = facts.and_then(|facts| facts.endpoint.as_deref());
    vec![endpoint_used(endpoint), clock(facts.and_then(|facts| facts.ahead))]
}

fn endpoint_used(endpoint: Option<&str>) -> Check {
    let Some(endpoint) = endpoint else { return ENDPOINT.skipped("nothing was called") };
    let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host).trim_matches(['[', ']']);
    let is_aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| host.ends_with(end));
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match (is_aws, scheme == "https" || is_here) {
        (true, true) => ENDPOINT.ok(endpoint),
        (false, true) => ENDPOINT.ok(format!("{endpoint}, an override of AWS's own")),
        (_, false) => ENDPOINT.warning(
            format!("{endpoint}, not encrypted"),
            "use https in AWS_ENDPOINT_URL: bodies cross a network",
        ),
    }
}

fn clock(ahead: Option<i64>) -> Check {
    const REMEDY: &str = "set this host's clock, such as by NTP";
    let Some(ahead) = ahead else { return CLOCK.skipped("SQS did not tell its time") };
    let detail = match ahead {
        -2..=2 => "as this host's".to_owned(),
        _ => format!(
            "{} s {} this host's",
            ahead.unsigned_abs(),
            if ahead > 0 { "ahead of" } else { "behind" }
        ),
    };
    match ahead.unsigned_abs() {
        SKEW_REFUSED.. => CLOCK.failed(format!("{detail}: AWS refuses signatures of another time"), REMEDY),
        SKEW_WATCHED.. => CLOCK.warning(detail, REMEDY),
        _ => CLOCK.ok(detail),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    #[test]
    fn an_endpoint_is_told_from_awss_own_and_must_be_encrypted() {
        let cases = [
            (Some("https://sqs.eu-west-1.amazonaws.com"), Fine, "amazonaws.com"),
            (Some("http://127.0.0.1:4566"), Fine, "override"),
            (Some("http://[::1]:4566"), Fine, "override"),
            (Some("https://sqs.internal"), Fine, "override"),
            (Some("http://sqs.internal:4566"), Warning, "not encrypted"),
            (Some("http://sqs.eu-west-1.amazonaws.com"), Warning, "not encrypted"),
            (None, Skipped, ""),
        ];
        for (endpoint, verdict, part) in cases {
            let check = endpoint_used(endpoint);
            assert!(check.verdict == verdict && check.detail.contains(part), "{check:?}");
        }
    }

    #[test]
    fn a_clock_that_would_spoil_signatures_fails() {
        let cases = [
            (0, Fine),
            (-2, Fine),
            (29, Fine),
            (30, Warning),
            (-299, Warning),
            (300, Failed),
            (-300, Failed),
        ];
        for (ahead, verdict) in cases {
            assert_eq!(clock(Some(ahead)).verdict, verdict, "{ahead}");
        }
        assert_eq!(clock(None).verdict, Skipped);
    }

    #[test]
    fn credentials_that_have_expired_fail() {
        let now = SystemTime::now();
        let verdict = |expires_at| {
            let account = Account { region: String::new(), source: String::new(), expires_at };
            credentials(&account, now).verdict
        };
        assert_eq!(verdict(None), Fine);
        assert_eq!(verdict(Some(now + Duration::from_mins(5))), Fine);
        assert_eq!(verdict(Some(now - Duration::from_secs(1))), Failed);
    }
}
