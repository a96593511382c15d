//! The rights that a consumer needs, under the names that policies give them.

use shared::error::{Cause, ErrorKind, ServiceError};
use sqs::inspect::QueueSeen;
use sqs::inspect::permissions::Permission;
use sqs::lookup::QueueError;

use super::check::{Check, CheckName, skipped};

const ATTRIBUTES: CheckName = CheckName("sqs:GetQueueAttributes");
const RECEIVE: CheckName = CheckName("sqs:ReceiveMessage");
const DELETE: CheckName = CheckName("sqs:DeleteMessage");
const EXTEND: CheckName = CheckName("sqs:ChangeMessageVisibility");
const LOOK_UP: CheckName = CheckName("sqs:GetQueueUrl");
const SEND: CheckName = CheckName("sqs:SendMessage");

/// The rights; `None` where there is no queue to have them on.
pub(super) fn checks(queue: Option<&QueueSeen>) -> Vec<Check> {
    let Some(queue) = queue else {
        return skipped(&[ATTRIBUTES, RECEIVE, DELETE, EXTEND, LOOK_UP, SEND], "the queue cannot be reached");
    };
    let dead_letters = queue.dead_letters.as_ref();
    vec![
        read(queue.attributes.as_ref().err()),
        judged(RECEIVE, Some(&queue.receive), &queue.url),
        judged(DELETE, Some(&queue.delete), &queue.url),
        judged(EXTEND, Some(&queue.change_visibility), &queue.url),
        dead_letters.map_or_else(
            || LOOK_UP.skipped("there is no dead-letter queue to look up"),
            |letters| looked_up(letters.url.as_ref().err()),
        ),
        dead_letters.map_or_else(
            || SEND.skipped("there is no dead-letter queue"),
            |letters| judged(SEND, letters.send.as_ref(), &letters.redrive.to),
        ),
    ]
}

fn read(fault: Option<&ServiceError>) -> Check {
    match fault {
        None => ATTRIBUTES.ok("allowed"),
        Some(fault) if fault.kind == ErrorKind::Denied => denied(ATTRIBUTES, fault, "the queue"),
        Some(fault) => ATTRIBUTES.failed(&fault.text, fault.remedy()),
    }
}

/// Seen by the look-up of the dead-letter queue, which every consumer does at its start.
fn looked_up(error: Option<&QueueError>) -> Check {
    match error {
        None => LOOK_UP.ok("allowed"),
        Some(QueueError::Denied(fault)) => denied(LOOK_UP, fault, "the dead-letter queue"),
        Some(_) => LOOK_UP.skipped("the dead-letter queue was not found"),
    }
}

fn judged(about: CheckName, right: Option<&Permission>, on: &str) -> Check {
    match right {
        None => about.skipped("the dead-letter queue was not found"),
        Some(Permission::Allowed) => about.ok("allowed"),
        Some(Permission::NotRefused) => {
            about.ok("not refused; only the real call, which would count, is certain")
        }
        Some(Permission::Denied(fault)) => denied(about, fault, on),
        Some(Permission::Unknown(fault)) => about.warning(&fault.text, fault.remedy()),
    }
}

fn denied(about: CheckName, fault: &ServiceError, on: &str) -> Check {
    let remedy = match fault.cause {
        Cause::Permission => format!("allow {} on {on}, in the policy of the role or of the queue", about.0),
        _ => fault.remedy(),
    };
    about.failed(format!("denied: {}", fault.text), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    fn fault(kind: ErrorKind) -> ServiceError {
        ServiceError::of(kind, "X", "no")
    }

    #[test]
    fn a_right_that_is_not_certain_is_not_called_allowed() {
        let judged = |right| judged(RECEIVE, Some(&right), "q");
        assert_eq!(judged(Permission::Allowed).detail, "allowed");
        let uncertain = judged(Permission::NotRefused);
        assert!(uncertain.verdict == Fine && uncertain.detail.starts_with("not refused"), "{uncertain:?}");
        assert_eq!(judged(Permission::Denied(fault(ErrorKind::Denied))).verdict, Failed);
        assert_eq!(judged(Permission::Unknown(fault(ErrorKind::Unavailable))).verdict, Warning);
    }

    #[test]
    fn a_right_that_is_missing_is_named_with_where_it_is_wanted() {
        let check = judged(SEND, Some(&Permission::Denied(fault(ErrorKind::Denied))), "arn:dlq");
        assert!(check.remedy.is_some_and(|remedy| remedy.contains("sqs:SendMessage on arn:dlq")));
        let check = looked_up(Some(&QueueError::Denied(fault(ErrorKind::Denied))));
        assert_eq!(check.verdict, Failed);
        assert_eq!(read(Some(&fault(ErrorKind::Denied))).verdict, Failed);
        assert_eq!(looked_up(Some(&QueueError::NoSuchQueue(String::new()))).verdict, Skipped);
        let late = ServiceError { cause: Cause::Signature, ..fault(ErrorKind::Denied) };
        let check = judged(SEND, Some(&Permission::Denied(late)), "arn:dlq");
        assert!(check.remedy.is_some_and(|remedy| remedy.contains("clock")));
    }
}
