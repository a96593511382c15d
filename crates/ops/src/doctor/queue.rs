//! The queue itself: whether it is there, and set to what a consumer can live with.

use std::time::Duration;

use humantime::format_duration;
use sqs::inspect::attributes::{Attributes, Encryption};
use sqs::inspect::{QueueFacts, QueueSeen};
use sqs::lookup::QueueError;

use super::check::{Check, CheckName, skipped};

const QUEUE: CheckName = CheckName("queue");
const TYPE: CheckName = CheckName("queue type");
const RETENTION: CheckName = CheckName("queue retention");
const DELAY: CheckName = CheckName("queue delay");
const ENCRYPTION: CheckName = CheckName("queue encryption");

/// As long as messages ought to outlast an outage that somebody has to mend.
const RETENTION_ADVISED: Duration = Duration::from_hours(24);

/// The queue; `None` where SQS could not be called at all.
pub(super) fn checks(facts: Option<&QueueFacts>, region: &str) -> Vec<Check> {
    const REST: [CheckName; 3] = [RETENTION, DELAY, ENCRYPTION];
    let Some(facts) = facts else {
        return skipped(&[QUEUE, TYPE, RETENTION, DELAY, ENCRYPTION], "SQS cannot be called");
    };
    let (mut checks, rest) = match &facts.queue {
        Ok(QueueSeen { url, attributes: Ok(attributes), .. }) => {
            (vec![QUEUE.ok(url), kind(attributes)], settings(attributes))
        }
        Ok(QueueSeen { url, .. }) => {
            let why = "its attributes cannot be read";
            (vec![QUEUE.ok(url), TYPE.skipped(why)], skipped(&REST, why))
        }
        Err(error) => {
            let why = "the queue cannot be reached";
            (vec![missing(error, region), TYPE.skipped(why)], skipped(&REST, why))
        }
    };
    checks.extend(rest);
    checks
}

fn missing(error: &QueueError, region: &str) -> Check {
    const NAMES: &str = "check --queue-url (QUEUE_URL) or --queue-name (QUEUE_NAME)";
    match error {
        QueueError::NoSuchQueue(name) => match region_of(name) {
            Some(other) if other != region => QUEUE.failed(
                format!("{name} is in {other}, and calls go to {region}"),
                format!("set AWS_REGION to {other}: the region of a URL is not used"),
            ),
            _ => QUEUE.failed(
                format!("there is no {name}, or no right to see it"),
                format!("{NAMES}, AWS_REGION, and that sqs:GetQueueUrl is allowed"),
            ),
        },
        QueueError::Bad(_) => QUEUE.failed(error.to_string(), NAMES),
        QueueError::Denied(fault) | QueueError::Refused(fault) | QueueError::Unavailable(fault) => {
            QUEUE.failed(fault.to_string(), fault.remedy())
        }
    }
}

/// The region that a URL of AWS's names: `https://sqs.eu-west-1.amazonaws.com/123456789012/name`.
fn region_of(url: &str) -> Option<&str> {
    url.strip_prefix("https://sqs.")?.split_once(".amazonaws.com")?.0.split('.').next()
}

/// High throughput takes both, and both are set when a group is to be what SQS counts by.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/enable-high-throughput-fifo.html>
fn kind(attributes: &Attributes) -> Check {
    let Some(fifo) = &attributes.fifo else { return TYPE.ok("standard") };
    let has_high_throughput = fifo.deduplicates_by_group && fifo.is_limited_by_group;
    if has_high_throughput {
        return TYPE.ok("FIFO, with high throughput");
    }
    TYPE.warning(
        "FIFO, and 300 calls of a kind a second for the whole queue",
        "where that is too few, set DeduplicationScope to messageGroup and FifoThroughputLimit to \
         perMessageGroupId: aws sqs set-queue-attributes --queue-url URL --attributes \
         DeduplicationScope=messageGroup,FifoThroughputLimit=perMessageGroupId",
    )
}

fn settings(attributes: &Attributes) -> Vec<Check> {
    let Attributes { retention, delay, encryption, .. } = attributes;
    vec![
        retention.map_or_else(|| RETENTION.not_said(), kept),
        delay.map_or_else(|| DELAY.not_said(), delayed),
        encrypted(encryption),
    ]
}

fn kept(retention: Duration) -> Check {
    let kept = format_duration(retention).to_string();
    if retention < RETENTION_ADVISED {
        let remedy = "set MessageRetentionPeriod to some days";
        return RETENTION.warning(format!("{kept}: what an outage keeps waiting longer is gone"), remedy);
    }
    RETENTION.ok(kept)
}

fn delayed(delay: Duration) -> Check {
    if delay.is_zero() {
        return DELAY.ok("none");
    }
    DELAY.ok(format!("each message waits {} before it can be received", format_duration(delay)))
}

fn encrypted(encryption: &Encryption) -> Check {
    match encryption {
        Encryption::None => ENCRYPTION.ok("none at rest"),
        Encryption::Sqs => ENCRYPTION.ok("with a key of SQS's own"),
        Encryption::Kms(key) => ENCRYPTION.ok(format!(
            "with {key} of KMS; kms:Decrypt on it (for the dead-letter queue's key also \
             kms:GenerateDataKey) cannot be checked without a message"
        )),
    }
}

#[cfg(test)]
mod tests {
    use sqs::inspect::attributes::Fifo;

    use super::*;
    use crate::doctor::check::Verdict::{Ok as Fine, Skipped, Warning};

    fn found(queue: Result<QueueSeen, QueueError>) -> Vec<Check> {
        checks(Some(&QueueFacts { endpoint: None, ahead: None, queue }), "eu-west-1")
    }

    #[test]
    fn a_queue_of_another_region_is_told_from_one_that_is_not_there() {
        let missing = |name: &str| found(Err(QueueError::NoSuchQueue(name.to_owned()))).remove(0);
        let remedy = |name| missing(name).remedy.unwrap_or_default();
        assert!(remedy("https://sqs.eu-central-1.amazonaws.com/1/q").contains("AWS_REGION to eu-central-1"));
        assert!(remedy("https://sqs.eu-west-1.amazonaws.com/1/q").contains("QUEUE_URL"));
        assert!(remedy("q").contains("QUEUE_NAME"));
    }

    #[test]
    fn a_fifo_queue_without_high_throughput_is_warned_of() {
        let of = |deduplicates_by_group, is_limited_by_group| {
            let fifo = Some(Fifo { deduplicates_by_group, is_limited_by_group });
            kind(&Attributes { fifo, ..Attributes::default() }).verdict
        };
        assert_eq!([of(true, true), of(true, false), of(false, false)], [Fine, Warning, Warning]);
        assert_eq!(kind(&Attributes::default()).verdict, Fine);
    }

    #[test]
    fn messages_must_outlast_an_outage() {
        let verdict = |hours: Option<u64>| {
            let retention = hours.map(Duration::from_hours);
            settings(&Attributes { retention, ..Attributes::default() })[0].verdict
        };
        assert_eq!([Some(96), Some(24), Some(23), None].map(verdict), [Fine, Fine, Warning, Skipped]);
    }

    #[test]
    fn whatever_is_found_the_same_checks_are_told_in_the_same_order() {
        let names = |checks: Vec<Check>| checks.iter().map(|check| check.check).collect::<Vec<_>>();
        let nothing = checks(None, "");
        assert!(nothing.iter().all(|check| check.verdict == Skipped));
        let expected = names(nothing);
        assert_eq!(names(found(Err(QueueError::NoSuchQueue(String::new())))), expected);
    }
}
