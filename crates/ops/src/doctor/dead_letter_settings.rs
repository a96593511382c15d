//! What a dead-letter queue is set to, against the queue whose letters it takes.

use std::cmp::Ordering;

use humantime::format_duration;
use sqs::inspect::attributes::{Attributes, Sources};

use super::check::{Check, CheckName, bytes};

pub(super) const RETENTION: CheckName = CheckName("dead-letter retention");
pub(super) const SIZE: CheckName = CheckName("dead-letter size");
pub(super) const SOURCES: CheckName = CheckName("dead-letter sources");
pub(super) const NEXT: CheckName = CheckName("dead-letter chain");

/// The settings.
pub(super) fn checks(source: &Attributes, letters: &Attributes) -> Vec<Check> {
    vec![retention(source, letters), size(source, letters), sources(source, letters), next(letters)]
}

/// What SQS itself moves keeps its age.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
fn retention(source: &Attributes, letters: &Attributes) -> Check {
    const REMEDY: &str = "set its MessageRetentionPeriod to 14 days: a message that SQS moves keeps its age";
    let (Some(queue), Some(kept)) = (source.retention, letters.retention) else {
        return RETENTION.not_said();
    };
    let [queued, days] = [queue, kept].map(|time| format_duration(time).to_string());
    match kept.cmp(&queue) {
        Ordering::Greater => RETENTION.ok(format!("{days}, longer than the queue's {queued}")),
        Ordering::Equal => {
            RETENTION.warning(format!("{days}, as the queue's: an old message does not stay long"), REMEDY)
        }
        Ordering::Less => RETENTION.failed(
            format!("{days}, shorter than the queue's {queued}: an old message is gone at once"),
            REMEDY,
        ),
    }
}

fn size(source: &Attributes, letters: &Attributes) -> Check {
    let (Some(most), Some(taken)) = (source.max_bytes, letters.max_bytes) else { return SIZE.not_said() };
    let [most_text, taken_text] = [most, taken].map(|size| bytes(size as u64));
    if taken < most {
        let detail = format!("{taken_text}, less than the queue's {most_text}: larger messages are refused");
        return SIZE.failed(detail, format!("set its MaximumMessageSize to {most} or more"));
    }
    SIZE.ok(taken_text)
}

fn sources(source: &Attributes, letters: &Attributes) -> Check {
    let takes = match &letters.sources {
        Sources::All => true,
        Sources::None => false,
        Sources::Only(arns) => arns.contains(&source.arn),
    };
    if takes {
        return SOURCES.ok("it takes this queue's");
    }
    SOURCES.failed(
        "its redrive-allow policy shuts this queue out: SQS moves nothing there",
        format!("allow {} in its RedriveAllowPolicy", source.arn),
    )
}

fn next(letters: &Attributes) -> Check {
    match &letters.redrive {
        None => NEXT.ok("it ends here"),
        Some(redrive) => NEXT.warning(
            format!("it gives up, too, to {}: looking at letters spends their receives", redrive.to),
            "take the redrive policy off the dead-letter queue",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};
    use sqs::inspect::attributes::Redrive;

    const ARN: &str = "arn:aws:sqs:eu-west-1:1:q";

    fn attributes(change: impl FnOnce(&mut Attributes)) -> Attributes {
        let mut attributes = Attributes { arn: ARN.into(), max_bytes: Some(1_024), ..Attributes::default() };
        change(&mut attributes);
        attributes
    }

    #[test]
    fn letters_must_be_kept_longer_than_messages() {
        let verdict = |hours| {
            let source = attributes(|source| source.retention = Some(Duration::from_hours(96)));
            retention(&source, &attributes(|letters| letters.retention = Some(Duration::from_hours(hours))))
                .verdict
        };
        assert_eq!([336, 97, 96, 95, 1].map(verdict), [Fine, Fine, Warning, Failed, Failed]);
    }

    #[test]
    fn what_the_server_does_not_say_is_not_judged() {
        let silent = Attributes::default();
        assert_eq!(retention(&silent, &silent).verdict, Skipped);
        assert_eq!(size(&attributes(|_| ()), &silent).verdict, Skipped);
    }

    #[test]
    fn it_must_take_what_the_queue_took() {
        let verdict =
            |bytes| size(&attributes(|_| ()), &attributes(|letters| letters.max_bytes = Some(bytes))).verdict;
        assert_eq!([2_048, 1_024, 1_023].map(verdict), [Fine, Fine, Failed]);
    }

    #[test]
    fn it_must_not_shut_the_queue_out_nor_give_up_itself() {
        let verdict = |from: Sources| {
            sources(&attributes(|_| ()), &attributes(|letters| letters.sources = from)).verdict
        };
        assert_eq!(verdict(Sources::All), Fine);
        assert_eq!(verdict(Sources::Only(vec!["arn:other".into(), ARN.into()])), Fine);
        assert_eq!(verdict(Sources::Only(vec!["arn:other".into()])), Failed);
        assert_eq!(verdict(Sources::None), Failed);
        let redrive = Redrive { to: ARN.into(), max_receive_count: 10 };
        assert_eq!(next(&attributes(|letters| letters.redrive = Some(redrive))).verdict, Warning);
    }
}
