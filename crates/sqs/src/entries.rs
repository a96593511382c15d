//! What a batch call came to, entry by entry, or as a whole where all of them failed alike.

use aws_sdk_sqs::types::BatchResultErrorEntry;
use engine::queue::EntryResult;
use shared::error::{Cause, ServiceError};

/// What each of `count` entries came to. An entry's id is its position; one that the answer does
/// not mention failed.
///
/// # Errors
/// Where each of them failed with one and the same code: then `operation` failed as a whole.
pub(super) fn entries<'a>(
    operation: &'static str,
    count: usize,
    successful: impl IntoIterator<Item = &'a str>,
    failed: &[BatchResultErrorEntry],
) -> Result<Vec<EntryResult>, ServiceError> {
    let mut entries = vec![EntryResult::Failed; count];
    let mut set = |id: &str, entry| {
        if let Some(slot) = id.parse::<usize>().ok().and_then(|position| entries.get_mut(position)) {
            *slot = entry;
        }
    };
    for id in successful {
        set(id, EntryResult::Ok);
    }
    for error in failed {
        set(&error.id, failure(error));
    }
    match failed {
        [first, others @ ..]
            if failed.len() == count
                && entries.iter().all(|entry| *entry == EntryResult::Failed)
                && others.iter().all(|error| error.code == first.code) =>
        {
            Err(fault(operation, first))
        }
        _ => Ok(entries),
    }
}

/// AWS and LocalStack spell a stale receipt in several ways, and the latter does not call it
/// the sender's fault. What is the sender's and has another cause may pass, such as a denial.
fn failure(error: &BatchResultErrorEntry) -> EntryResult {
    const STALE: [&str; 4] =
        ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue", "InvalidIdFormat"];
    let stale = STALE.iter().any(|code| error.code.contains(code));
    let is_gone = stale || (error.sender_fault && fault("", error).cause == Cause::Request);
    if is_gone { EntryResult::Stale } else { EntryResult::Failed }
}

/// What an entry failed for.
pub(super) fn fault(operation: &'static str, error: &BatchResultErrorEntry) -> ServiceError {
    let text = error.message.as_deref().unwrap_or("no reason given");
    ServiceError::of_code(operation, &error.code, error.sender_fault, text)
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;

    use super::*;

    const DELETE: &str = "DeleteMessageBatch";

    fn error(id: &str, code: &str, sender_fault: bool) -> BatchResultErrorEntry {
        let error = BatchResultErrorEntry::builder().id(id).code(code).sender_fault(sender_fault);
        error.build().unwrap()
    }

    #[test]
    fn entries_are_answered_by_position_and_silence_is_failure() {
        let failed = [error("1", "InternalError", false), error("2", "ReceiptHandleIsInvalid", true)];
        let entries = entries(DELETE, 4, ["0", "nonsense", "17"], &failed);
        assert_eq!(
            entries.unwrap(),
            [EntryResult::Ok, EntryResult::Failed, EntryResult::Stale, EntryResult::Failed]
        );
    }

    #[test]
    fn a_call_whose_entries_all_failed_alike_failed_as_a_whole() {
        let all = |code: &str, sender_fault| [error("0", code, sender_fault), error("1", code, sender_fault)];
        let kind = |failed: &[BatchResultErrorEntry]| entries(DELETE, 2, [], failed).unwrap_err().kind;
        assert_eq!(kind(&all("AccessDenied", true)), ErrorKind::Denied);
        assert_eq!(kind(&all("AccessDeniedException", false)), ErrorKind::Denied);
        assert_eq!(kind(&all("InternalError", false)), ErrorKind::Unavailable);
        let denied = entries(DELETE, 2, [], &all("AccessDenied", true)).unwrap_err();
        assert!(denied.to_string().contains("no reason given (AccessDenied)"), "{denied}");
        assert!(denied.remedy().contains("sqs:DeleteMessage"), "{}", denied.remedy());
    }

    #[test]
    fn entries_that_differ_are_told_apart() {
        let (denied, ill) = (error("0", "AccessDenied", true), error("1", "InternalError", false));
        let told = |successful: &[&'static str], failed: &[BatchResultErrorEntry]| {
            entries(DELETE, 2, successful.iter().copied(), failed).unwrap()
        };
        assert_eq!(told(&[], &[denied.clone(), ill]), [EntryResult::Failed, EntryResult::Failed]);
        assert_eq!(told(&["1"], std::slice::from_ref(&denied)), [EntryResult::Failed, EntryResult::Ok]);
        assert_eq!(told(&[], std::slice::from_ref(&denied)), [EntryResult::Failed, EntryResult::Failed]);
        let stale = ["0", "1"].map(|id| error(id, "ReceiptHandleIsInvalid", true));
        assert_eq!(told(&[], &stale), [EntryResult::Stale, EntryResult::Stale]);
    }

    #[test]
    fn a_stale_receipt_is_known_by_any_of_its_names() {
        for code in ["InvalidParameterValueException", "MessageNotInflight", "ReceiptHandleIsInvalid"] {
            assert_eq!(failure(&error("0", code, false)), EntryResult::Stale, "{code}");
        }
    }
}
