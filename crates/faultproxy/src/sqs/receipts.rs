//! Which receipt handle of a message is the newest: AWS takes no other, an emulator may.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::operation::Operation;
use super::refusal::{Refusal, STALE_CHANGE, STALE_DELETE};

/// The receipt handles that were handed out. One that was not is let through.
#[derive(Debug, Default)]
pub(super) struct Receipts(Mutex<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    /// By `MessageId`.
    messages: HashMap<String, Flight>,
    /// From the receipt handle to the `MessageId`.
    owners: HashMap<String, String>,
}

#[derive(Debug)]
struct Flight {
    /// The last one is the newest.
    receipts: Vec<String>,
    /// Unknown where the request left it to the queue.
    visible_at: Option<Instant>,
}

impl Receipts {
    /// Notes the messages of an answer, visible again at `visible_at`.
    pub(super) fn note(&self, messages: &[Value], visible_at: Option<Instant>) {
        let text = |message: &Value, name| message.get(name)?.as_str().map(str::to_owned);
        let mut ledger = self.0.lock().expect("nobody panics while holding the ledger");
        for message in messages {
            if let (Some(id), Some(receipt)) = (text(message, "MessageId"), text(message, "ReceiptHandle")) {
                ledger.note(id, receipt, visible_at);
            }
        }
    }

    /// Notes what `operation` does to the message of this request or entry.
    ///
    /// # Errors
    /// As AWS has them, where the receipt handle is not the newest, or the visibility of a
    /// message in flight is to be changed that is not.
    pub(super) fn use_up(&self, operation: Operation, entry: &Value, now: Instant) -> Result<(), Refusal> {
        let mut ledger = self.0.lock().expect("nobody panics while holding the ledger");
        let receipt = entry.get("ReceiptHandle").and_then(Value::as_str).unwrap_or_default();
        let Some(id) = ledger.owners.get(receipt).cloned() else { return Ok(()) };
        if operation.deletes() {
            ledger.delete(&id, receipt)
        } else {
            ledger.hide(&id, receipt, now, after(entry, now))
        }
    }
}

impl Ledger {
    fn note(&mut self, id: String, receipt: String, visible_at: Option<Instant>) {
        self.owners.insert(receipt.clone(), id.clone());
        let flight = self.messages.entry(id).or_insert(Flight { receipts: Vec::new(), visible_at });
        flight.visible_at = visible_at;
        flight.receipts.retain(|other| *other != receipt);
        flight.receipts.push(receipt);
    }

    fn delete(&mut self, id: &str, receipt: &str) -> Result<(), Refusal> {
        let flight = self.messages.get(id).filter(|flight| flight.is_newest(receipt));
        for receipt in &flight.ok_or(STALE_DELETE)?.receipts {
            self.owners.remove(receipt);
        }
        self.messages.remove(id);
        Ok(())
    }

    fn hide(&mut self, id: &str, receipt: &str, now: Instant, until: Option<Instant>) -> Result<(), Refusal> {
        let flight = self.messages.get_mut(id).filter(|flight| flight.is_newest(receipt));
        let held = flight.filter(|flight| flight.visible_at.is_none_or(|at| at > now));
        held.ok_or(STALE_CHANGE)?.visible_at = until;
        Ok(())
    }
}

impl Flight {
    fn is_newest(&self, receipt: &str) -> bool {
        self.receipts.last().is_some_and(|newest| newest == receipt)
    }
}

/// The request's or the entry's `VisibilityTimeout`, counted from `now`.
pub(super) fn after(request: &Value, now: Instant) -> Option<Instant> {
    now.checked_add(Duration::from_secs(request.get("VisibilityTimeout")?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Operation::{ChangeMessageVisibility as Change, DeleteMessageBatch as Delete};
    use super::*;

    fn noted(receipts: &[&str], visible_at: Instant) -> Receipts {
        let ledger = Receipts::default();
        for receipt in receipts {
            ledger.note(&[json!({ "MessageId": "m", "ReceiptHandle": receipt })], Some(visible_at));
        }
        ledger
    }

    fn entry(receipt: &str) -> Value {
        json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 30 })
    }

    #[test]
    fn only_the_newest_receipt_is_good() {
        let now = Instant::now();
        let ledger = noted(&["old", "new"], now + Duration::from_secs(9));
        assert_eq!(ledger.use_up(Delete, &entry("old"), now), Err(STALE_DELETE));
        assert_eq!(ledger.use_up(Change, &entry("old"), now), Err(STALE_CHANGE));
        assert_eq!(ledger.use_up(Change, &entry("new"), now), Ok(()));
        assert_eq!(ledger.use_up(Delete, &entry("new"), now), Ok(()));
        assert_eq!(ledger.use_up(Delete, &entry("old"), now), Ok(()), "deleted: no longer known");
        assert!(ledger.0.lock().unwrap().owners.is_empty());
    }

    #[test]
    fn a_message_that_is_visible_again_can_be_deleted_but_not_hidden() {
        let now = Instant::now();
        let ledger = noted(&["r"], now);
        assert_eq!(ledger.use_up(Change, &entry("r"), now), Err(STALE_CHANGE));
        assert_eq!(ledger.use_up(Delete, &entry("r"), now), Ok(()));
    }

    #[test]
    fn a_change_counts_from_when_it_was_made() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let ledger = noted(&["r"], now + second);
        assert_eq!(ledger.use_up(Change, &entry("r"), now), Ok(()));
        assert_eq!(ledger.use_up(Change, &entry("r"), now + 29 * second), Ok(()));
        assert_eq!(ledger.use_up(Change, &entry("r"), now + 60 * second), Err(STALE_CHANGE));
    }
}
