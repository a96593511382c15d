//! Messages that were handed out, to be handed out again.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use fastrand::Rng;
use serde_json::{Value, json};

/// Messages of one queue that are remembered.
const REMEMBERED: usize = 128;
/// Ends a receipt handle of its own; no handle of AWS or an emulator contains it.
const MARK: &str = "~again";

/// The latest messages of each queue.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<String, VecDeque<Value>>>);

impl Memory {
    pub(super) fn remember(&self, queue: &str, messages: &[Value]) {
        let mut queues = self.0.lock().expect("nobody panics while remembering");
        let latest = queues.entry(queue.to_owned()).or_default();
        latest.extend(messages.iter().cloned());
        latest.drain(..latest.len().saturating_sub(REMEMBERED));
    }

    /// One of those of this queue, as it was or under a receipt handle of its own.
    pub(super) fn recall(&self, queue: &str, new_receipt: bool, rng: &mut Rng) -> Option<Value> {
        let mut queues = self.0.lock().expect("nobody panics while remembering");
        let latest = queues.get_mut(queue)?;
        let picked = rng.usize(..latest.len().max(1));
        let message = latest.get_mut(picked)?;
        if new_receipt {
            renew(message, rng);
        }
        Some(message.clone())
    }
}

/// As received once more: another receipt handle, and the count is one higher.
fn renew(message: &mut Value, rng: &mut Rng) {
    let Some(message) = message.as_object_mut() else { return };
    if let Some(Value::String(receipt)) = message.get_mut("ReceiptHandle") {
        *receipt = format!("{}{MARK}-{:x}", original(receipt), rng.u64(..));
    }
    if let Some(count) = message.get_mut("Attributes").and_then(|all| all.get_mut("ApproximateReceiveCount"))
    {
        let times: u64 = count.as_str().and_then(|text| text.parse().ok()).unwrap_or(1);
        *count = json!((times + 1).to_string());
    }
}

/// Gives the request or entry the receipt handle that the upstream knows.
pub(super) fn restore(entry: &mut Value) {
    if let Some(Value::String(receipt)) = entry.get_mut("ReceiptHandle") {
        *receipt = original(receipt).to_owned();
    }
}

fn original(receipt: &str) -> &str {
    receipt.split_once(MARK).map_or(receipt, |(original, _)| original)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_messages_of_the_same_queue_come_back() {
        let (memory, mut rng) = (Memory::default(), Rng::with_seed(1));
        memory.remember("a", &(0..200).map(|n| json!(n)).collect::<Vec<_>>());
        assert_eq!(memory.recall("b", false, &mut rng), None);
        let old = 200 - REMEMBERED as u64;
        let recalled = (0..100).filter_map(|_| memory.recall("a", false, &mut rng)?.as_u64());
        assert!(recalled.inspect(|n| assert!(*n >= old)).count() == 100);
    }

    #[test]
    fn a_new_receipt_leads_to_the_original_and_counts() {
        let (memory, mut rng) = (Memory::default(), Rng::with_seed(1));
        let message = json!({ "ReceiptHandle": "r", "Attributes": { "ApproximateReceiveCount": "1" } });
        memory.remember("a", &[message]);
        memory.recall("a", true, &mut rng);
        let third = memory.recall("a", true, &mut rng).unwrap();
        let receipt = third["ReceiptHandle"].as_str().unwrap();
        assert!(receipt != "r" && original(receipt) == "r");
        assert_eq!(third["Attributes"]["ApproximateReceiveCount"], "3");
    }
}
