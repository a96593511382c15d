//! The order of FIFO queues' groups: AWS hands out nothing past a message that is not deleted, an
//! emulator may.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::operation::Operation;
use super::receipts::after;

/// The attribute that says what is in front of what.
const NUMBER: &str = "SequenceNumber";

/// What was handed out of each group, and is not deleted.
#[derive(Debug, Default)]
pub(super) struct Groups(Mutex<Ledger>);

/// Queue and `MessageGroupId`.
type Group = (String, String);

#[derive(Debug, Default)]
struct Ledger {
    /// By `MessageId`.
    flights: HashMap<Group, HashMap<String, Flight>>,
    /// From the receipt handle to the message.
    owners: HashMap<String, (Group, String)>,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    number: Option<u128>,
    /// Where that is known: the request may have left it to the queue.
    until: Option<Instant>,
}

impl Groups {
    /// Those of an answer's messages that may be handed out: not where another message of the group
    /// is in flight, or is in front and not in the answer. They are in flight now, until `visible_at`.
    /// Those that are held are not: else the parts of a group could hold each other up for good.
    pub(super) fn admit(
        &self,
        queue: &str,
        mut messages: Vec<Value>,
        visible_at: Option<Instant>,
        now: Instant,
    ) -> Vec<Value> {
        let mut ledger = self.0.lock().expect("nobody panics while holding the ledger");
        let ids: HashSet<_> = messages.iter().map(|message| text(message, "MessageId")).collect();
        let held: HashSet<_> = messages
            .iter()
            .filter(|message| {
                group(queue, message).is_some_and(|group| ledger.holds(&group, message, &ids, now))
            })
            .map(|message| text(message, "MessageId"))
            .collect();
        for message in &messages {
            let is_held = held.contains(&text(message, "MessageId"));
            ledger.note(queue, message, visible_at.filter(|_| !is_held));
        }
        messages.retain(|message| !held.contains(&text(message, "MessageId")));
        messages
    }

    /// Notes what `operation` does to the message of this request or entry.
    pub(super) fn use_up(&self, operation: Operation, entry: &Value, now: Instant) {
        let mut ledger = self.0.lock().expect("nobody panics while holding the ledger");
        let receipt = text(entry, "ReceiptHandle");
        let Some((group, id)) = ledger.owners.get(&receipt).cloned() else { return };
        let Some(flights) = ledger.flights.get_mut(&group) else { return };
        if operation.deletes() {
            flights.remove(&id);
            ledger.owners.remove(&receipt);
        } else if let Some(flight) = flights.get_mut(&id) {
            flight.until = after(entry, now);
        }
    }
}

impl Ledger {
    /// Whether this message has to wait for another, which is not among `ids`.
    fn holds(&self, group: &Group, message: &Value, ids: &HashSet<String>, now: Instant) -> bool {
        let Some(flights) = self.flights.get(group) else { return false };
        let is_in_front =
            |other: &Flight| other.number.zip(number(message)).is_some_and(|(other, own)| other < own);
        let is_in_flight = |other: &Flight| other.until.is_some_and(|until| until > now);
        let mut others = flights.iter().filter(|(id, _)| !ids.contains(*id));
        others.any(|(_, other)| is_in_front(other) || is_in_flight(other))
    }

    fn note(&mut self, queue: &str, message: &Value, visible_at: Option<Instant>) {
        let Some(group) = group(queue, message) else { return };
        let (id, receipt) = (text(message, "MessageId"), text(message, "ReceiptHandle"));
        let flight = Flight { number: number(message), until: visible_at };
        self.flights.entry(group.clone()).or_default().insert(id.clone(), flight);
        self.owners.insert(receipt, (group, id));
    }
}

/// Standard queues may have groups, too, which are no reason to wait there.
fn group(queue: &str, message: &Value) -> Option<Group> {
    let group = message.get("Attributes")?.get("MessageGroupId")?.as_str()?;
    queue.strip_suffix(".fifo").map(|_| (queue.to_owned(), group.to_owned()))
}

fn number(message: &Value) -> Option<u128> {
    message.get("Attributes")?.get(NUMBER)?.as_str()?.parse().ok()
}

/// Has the answer say in which order its messages are.
pub(super) fn ask_for_numbers(request: &mut Value) {
    let Some(request) = request.as_object_mut() else { return };
    let names = ["MessageSystemAttributeNames", "AttributeNames"];
    let name = names.into_iter().find(|name| request.contains_key(*name)).unwrap_or(names[0]);
    if let Value::Array(names) = request.entry(name).or_insert_with(|| json!([])) {
        names.push(json!(NUMBER));
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Operation::{ChangeMessageVisibility as Change, DeleteMessageBatch as Delete};
    use super::*;

    const QUEUE: &str = "http://here/q.fifo";
    const TIME: Duration = Duration::from_secs(5);

    fn message(id: &str, group: &str) -> Value {
        let attributes = json!({ "MessageGroupId": group, NUMBER: format!("00{id}") });
        json!({ "MessageId": id, "ReceiptHandle": id, "Attributes": attributes })
    }

    fn admitted(groups: &Groups, queue: &str, messages: &[(&str, &str)], now: Instant) -> Vec<String> {
        let messages = messages.iter().map(|(id, group)| message(id, group)).collect();
        let admitted = groups.admit(queue, messages, Some(now + TIME), now);
        admitted.iter().map(|message| text(message, "MessageId")).collect()
    }

    #[test]
    fn a_group_waits_until_all_that_was_handed_out_of_it_is_deleted_or_visible() {
        let (groups, now) = (Groups::default(), Instant::now());
        assert_eq!(admitted(&groups, QUEUE, &[("1", "a"), ("2", "a")], now), ["1", "2"]);
        groups.use_up(Change, &json!({ "ReceiptHandle": "2", "VisibilityTimeout": 0 }), now);
        assert_eq!(admitted(&groups, QUEUE, &[("2", "a"), ("3", "b")], now), ["3"]);
        groups.use_up(Delete, &json!({ "ReceiptHandle": "1" }), now);
        assert_eq!(admitted(&groups, QUEUE, &[("2", "a"), ("4", "a")], now), ["2", "4"]);
    }

    #[test]
    fn nothing_is_handed_out_past_one_that_timed_out_and_does_not_come() {
        let (groups, now) = (Groups::default(), Instant::now());
        admitted(&groups, QUEUE, &[("1", "a"), ("2", "a"), ("3", "a")], now);
        let later = now + TIME;
        assert_eq!(admitted(&groups, QUEUE, &[("1", "a"), ("3", "a"), ("4", "a")], later), ["1"]);
        groups.use_up(Delete, &json!({ "ReceiptHandle": "1" }), later);
        assert_eq!(admitted(&groups, QUEUE, &[("2", "a")], later), ["2"], "what was held holds nothing");
        groups.use_up(Delete, &json!({ "ReceiptHandle": "2" }), later);
        assert_eq!(admitted(&groups, QUEUE, &[("3", "a"), ("4", "a")], later), ["3", "4"]);
    }

    #[test]
    fn receives_ask_for_numbers_beside_what_they_ask_for() {
        let mut request = json!({ "AttributeNames": ["MessageGroupId"] });
        ask_for_numbers(&mut request);
        assert_eq!(request, json!({ "AttributeNames": ["MessageGroupId", NUMBER] }));
    }

    #[test]
    fn groups_of_a_standard_queue_and_of_another_queue_wait_for_nothing() {
        let (groups, now) = (Groups::default(), Instant::now());
        assert_eq!(admitted(&groups, QUEUE, &[("1", "a")], now), ["1"]);
        assert_eq!(admitted(&groups, "http://here/other.fifo", &[("2", "a")], now), ["2"]);
        assert_eq!(admitted(&groups, "http://here/q", &[("3", "a")], now), ["3"]);
        assert_eq!(admitted(&groups, "http://here/q", &[("4", "a")], now), ["4"]);
    }
}
