//! The messages of a `ReceiveMessage` answer, and what faults make of them.

use fastrand::Rng;
use serde_json::{Value, json};

use super::envelope::Answer;
use super::fault::Fault;

/// What is no time: an empty one, one before 1970, a word, one after the year 9999, and more
/// than 64 bits.
const GARBAGE: [&str; 5] = ["", "-1", "soon", "253402300800000", "99999999999999999999"];

/// How many messages the request asks for.
pub(super) fn most(request: &Value) -> usize {
    let most = request.get("MaxNumberOfMessages").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// The messages of an answer.
pub(super) fn of(answer: &Value) -> Vec<Value> {
    answer.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Makes these the messages of the answer.
pub(super) fn put(messages: Vec<Value>, answer: &mut Answer) {
    if messages != of(answer.json())
        && let Some(answer) = answer.edit().as_object_mut()
    {
        answer.insert("Messages".into(), Value::Array(messages));
    }
}

/// Asks for `fewer` messages, and does not wait for them: there is something to hand out.
pub(super) fn make_room(request: &mut Value, fewer: usize) {
    let most = most(request).saturating_sub(fewer);
    if let Some(request) = request.as_object_mut() {
        request.insert("MaxNumberOfMessages".into(), json!(most));
        request.insert("WaitTimeSeconds".into(), json!(0));
    }
}

/// Lets `fault` take effect on `messages`, of which there may be up to `most`. False: it could
/// not.
pub(super) fn tamper(fault: &Fault, messages: &mut Vec<Value>, most: usize, rng: &mut Rng) -> bool {
    if messages.is_empty() {
        return false;
    }
    let picked = rng.usize(..messages.len());
    match fault {
        Fault::DuplicateMessages => duplicate(messages, picked, most),
        Fault::Reorder => reorder(messages, rng),
        Fault::ShortBatch(few) => {
            let short = messages.len() > *few;
            messages.truncate(*few);
            short
        }
        Fault::FlipBodyByte => flip(&mut messages[picked], rng),
        Fault::DropField(field) => {
            messages[picked].as_object_mut().is_some_and(|message| message.remove(field.name()).is_some())
        }
        Fault::GarbageSentTimestamp => garble(&mut messages[picked], rng),
        _ => false,
    }
}

/// Where there is no room for a second copy, another message makes way.
fn duplicate(messages: &mut Vec<Value>, picked: usize, most: usize) -> bool {
    let copy = messages[picked].clone();
    if messages.len() < most {
        messages.push(copy);
        return true;
    }
    let Some(other) = (0..messages.len()).rev().find(|other| *other != picked) else { return false };
    messages[other] = copy;
    true
}

fn reorder(messages: &mut [Value], rng: &mut Rng) -> bool {
    let before = messages.to_vec();
    rng.shuffle(messages);
    if messages == before {
        messages.rotate_left(1);
    }
    messages != before
}

fn flip(message: &mut Value, rng: &mut Rng) -> bool {
    let Some(Value::String(body)) = message.get_mut("Body") else { return false };
    let mut characters: Vec<_> = body.chars().collect();
    let Some(picked) = rng.choice(&mut characters) else { return false };
    *picked = if *picked == '#' { '+' } else { '#' };
    *body = characters.into_iter().collect();
    true
}

fn garble(message: &mut Value, rng: &mut Rng) -> bool {
    let Some(message) = message.as_object_mut() else { return false };
    let attributes = message.entry("Attributes").or_insert_with(|| json!({}));
    let Some(attributes) = attributes.as_object_mut() else { return false };
    attributes.insert("SentTimestamp".into(), json!(GARBAGE[rng.usize(..GARBAGE.len())]));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqs::fault::Field;

    fn tampered(fault: &Fault, count: usize, most: usize) -> Option<Vec<Value>> {
        let message = |n| json!({ "MessageId": n, "ReceiptHandle": n, "Body": "ü#b" });
        let mut messages = (0..count).map(message).collect();
        tamper(fault, &mut messages, most, &mut Rng::with_seed(1)).then_some(messages)
    }

    fn ids(messages: &[Value]) -> Vec<u64> {
        let mut ids: Vec<_> =
            messages.iter().filter_map(|message| message.get("MessageId")?.as_u64()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_duplicate_never_makes_more_than_was_asked_for() {
        assert_eq!(tampered(&Fault::DuplicateMessages, 1, 10).map(|m| ids(&m)), Some(vec![0, 0]));
        let full = ids(&tampered(&Fault::DuplicateMessages, 3, 3).unwrap());
        assert!(full.len() == 3 && !full.is_sorted_by(|a, b| a < b));
        assert_eq!(tampered(&Fault::DuplicateMessages, 1, 1), None);
    }

    #[test]
    fn another_order_is_never_the_same() {
        assert!((2..20).all(|count| tampered(&Fault::Reorder, count, 20).is_some()));
        assert_eq!(tampered(&Fault::Reorder, 1, 10), None);
    }

    #[test]
    fn a_short_batch_is_its_first_messages() {
        assert_eq!(tampered(&Fault::ShortBatch(2), 5, 10).map(|m| ids(&m)), Some(vec![0, 1]));
        assert_eq!(tampered(&Fault::ShortBatch(5), 5, 10), None);
    }

    #[test]
    fn one_field_of_one_message_is_lost_flipped_or_garbled() {
        let lost = tampered(&Fault::DropField(Field::MessageId), 3, 10).unwrap();
        assert_eq!(ids(&lost).len(), 2);
        let flipped = tampered(&Fault::FlipBodyByte, 3, 10).unwrap();
        assert_eq!(flipped.iter().filter(|message| message["Body"] != "ü#b").count(), 1);
        let garbled = tampered(&Fault::GarbageSentTimestamp, 3, 10).unwrap();
        assert_eq!(garbled.iter().filter(|message| message.get("Attributes").is_some()).count(), 1);
    }
}
