//! The dead-letter queue: whether what is given up arrives there, and when that is.

use shared::queue::is_fifo;
use sqs::inspect::attributes::{Attributes, Redrive};
use sqs::inspect::{DeadLetterFacts, QueueSeen};
use sqs::lookup::QueueError;

use super::check::{Check, CheckName, skipped};
use super::dead_letter_settings::{self, NEXT, RETENTION, SIZE, SOURCES};

const THERE: CheckName = CheckName("dead-letter queue");
const RECEIVES: CheckName = CheckName("maxReceiveCount");

/// The dead-letter queue; `None` where there is no queue that could name one.
pub(super) fn checks(queue: Option<&QueueSeen>) -> Vec<Check> {
    const ALL: [CheckName; 6] = [THERE, RECEIVES, RETENTION, SIZE, SOURCES, NEXT];
    let Some(queue) = queue else { return skipped(&ALL, "the queue cannot be reached") };
    let Ok(source) = &queue.attributes else { return skipped(&ALL, "the queue's attributes cannot be read") };
    let Some(letters) = &queue.dead_letters else {
        let mut checks = skipped(&ALL, "there is no dead-letter queue");
        checks[0] = THERE.failed(
            "none: what can never be stored comes again until its retention ends, and is gone",
            "make one, and name it in the queue's redrive policy with maxReceiveCount 10",
        );
        return checks;
    };
    let mut checks = vec![there(source, letters), receives(&letters.redrive)];
    checks.extend(match &letters.attributes {
        Some(Ok(attributes)) => dead_letter_settings::checks(source, attributes),
        Some(Err(fault)) => skipped(&ALL[2..], &format!("its attributes cannot be read: {fault}")),
        None => skipped(&ALL[2..], "it was not found"),
    });
    checks
}

fn there(source: &Attributes, letters: &DeadLetterFacts) -> Check {
    let to = &letters.redrive.to;
    let attributes = letters.attributes.as_ref().and_then(|attributes| attributes.as_ref().ok());
    let kind = |is_fifo| if is_fifo { "FIFO" } else { "standard" };
    let (found, wanted) = (is_fifo(to), source.fifo.is_some());
    if found != wanted {
        let problem = format!("{to} is a {} queue, and the queue is a {} one", kind(found), kind(wanted));
        return THERE
            .failed(problem, format!("name a {} queue: SQS moves nothing to the other type", kind(wanted)));
    }
    // arn:aws:sqs:region:account:name
    let place = |arn: &str| arn.split(':').skip(3).take(2).map(str::to_owned).collect::<Vec<_>>();
    if place(to) != place(&source.arn) {
        let remedy = "name one of the same region and account: SQS moves nothing elsewhere";
        return THERE.failed(format!("{to} is of another region or account than the queue"), remedy);
    }
    match (&letters.url, attributes) {
        (Ok(_), attributes) => THERE.ok(match attributes.and_then(|attributes| attributes.messages) {
            Some(messages) => format!("{to}, holding {messages}"),
            None => to.clone(),
        }),
        (Err(QueueError::NoSuchQueue(_)), _) => THERE.failed(
            format!("{to} is not there, or not to be seen"),
            "make it, and check that sqs:GetQueueUrl on it is allowed",
        ),
        (Err(error), _) => THERE.failed(error.to_string(), "see sqs:GetQueueUrl"),
    }
}

/// Every restart that is not a clean one spends a receive of what was held.
fn receives(redrive: &Redrive) -> Check {
    const REMEDY: &str = "set maxReceiveCount to 10 or more";
    let most = redrive.max_receive_count;
    match most {
        0..=2 => {
            RECEIVES.failed(format!("{most}: one crash or two, and a healthy message is given up"), REMEDY)
        }
        3..=4 => {
            RECEIVES.warning(format!("{most}: a few restarts, and a healthy message is given up"), REMEDY)
        }
        5..=9 => RECEIVES.ok(format!("{most}; 10 leaves room for bad days")),
        _ => RECEIVES.ok(most.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::check::Verdict::{self, Failed, Ok as Fine, Skipped, Warning};
    use sqs::inspect::permissions::Permission;

    const ARN: &str = "arn:aws:sqs:eu-west-1:1:q";

    fn attributes(change: impl FnOnce(&mut Attributes)) -> Attributes {
        let mut attributes = Attributes { arn: ARN.into(), max_bytes: Some(1_024), ..Attributes::default() };
        change(&mut attributes);
        attributes
    }

    fn found(to: &str, max_receive_count: u32) -> Vec<Check> {
        let allowed = || Permission::Allowed;
        let letters = DeadLetterFacts {
            redrive: Redrive { to: to.into(), max_receive_count },
            url: Ok("u".into()),
            attributes: Some(Ok(attributes(|letters| letters.retention = Some(Duration::from_hours(1))))),
            send: Some(allowed()),
        };
        checks(Some(&QueueSeen {
            url: "u".into(),
            attributes: Ok(attributes(|_| ())),
            receive: allowed(),
            delete: allowed(),
            change_visibility: allowed(),
            dead_letters: Some(letters),
        }))
    }

    #[test]
    fn it_must_be_of_the_same_type_region_and_account() {
        let cases = [
            ("arn:aws:sqs:eu-west-1:1:d", Fine),
            ("arn:aws:sqs:eu-west-1:1:d.fifo", Failed),
            ("arn:aws:sqs:eu-west-2:1:d", Failed),
            ("arn:aws:sqs:eu-west-1:2:d", Failed),
            ("d", Failed),
        ];
        for (to, verdict) in cases {
            assert_eq!(found(to, 10)[0].verdict, verdict, "{to}");
        }
    }

    #[test]
    fn few_receives_do_not_outlast_restarts() {
        let cases =
            [(1, Failed), (2, Failed), (3, Warning), (4, Warning), (5, Fine), (10, Fine), (1_000, Fine)];
        for (most, verdict) in cases {
            assert_eq!(found("arn:aws:sqs:eu-west-1:1:d", most)[1].verdict, verdict, "{most}");
        }
    }

    #[test]
    fn whatever_is_found_the_same_checks_are_told_in_the_same_order() {
        let names = |checks: &[Check]| checks.iter().map(|check| check.check).collect::<Vec<_>>();
        let nothing = checks(None);
        let verdicts: Vec<Verdict> = nothing.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Skipped; 6]);
        assert_eq!(names(&nothing), names(&found(ARN, 10)));
    }
}
