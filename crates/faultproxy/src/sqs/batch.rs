//! The entries of a batch: some are answered here, the others upstream.

use fastrand::Rng;
use serde_json::{Value, json};

use super::fault::{Fault, Which};
use super::refusal::Refusal;

/// Errors of entries that were taken out of a request.
#[derive(Debug, Default)]
pub(super) struct Failed(Vec<Value>);

/// How many entries the request has.
pub(super) fn len(request: &Value) -> usize {
    request.get("Entries").and_then(Value::as_array).map_or(0, Vec::len)
}

/// The entries of the request.
pub(super) fn entries(request: &mut Value) -> impl Iterator<Item = &mut Value> {
    request.get_mut("Entries").and_then(Value::as_array_mut).into_iter().flatten()
}

impl Failed {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes those out for which `error` has one: code, message, and whether the client is to
    /// blame. Returns whether there were any.
    fn take(&mut self, request: &mut Value, mut error: impl FnMut(usize, &Value) -> Option<Value>) -> bool {
        let Some(entries) = request.get_mut("Entries").and_then(Value::as_array_mut) else { return false };
        let (before, mut position) = (self.0.len(), 0);
        entries.retain(|entry| {
            let error = error(position, entry);
            position += 1;
            let keep = error.is_none();
            self.0.extend(error.map(|error| with_id(error, entry)));
            keep
        });
        self.0.len() > before
    }

    /// Takes those out that are refused.
    pub(super) fn refuse(&mut self, request: &mut Value, mut refusal: impl FnMut(&Value) -> Option<Refusal>) {
        self.take(request, |_, entry| {
            let refusal = refusal(entry)?;
            Some(json!({ "Code": refusal.code, "Message": refusal.message, "SenderFault": true }))
        });
    }

    /// Takes those out that `fault` strikes. Returns whether there were any.
    pub(super) fn strike(&mut self, request: &mut Value, fault: &Fault, rng: &mut Rng) -> bool {
        let Fault::FailEntries { which, code, sender_fault } = fault else { return false };
        self.take(request, |position, _| {
            let fails = match which {
                Which::First(count) => position < *count,
                Which::Each(chance) => rng.f64() < *chance,
            };
            fails.then(|| json!({ "Code": code, "Message": "made to fail", "SenderFault": sender_fault }))
        })
    }

    /// Adds the errors to the answer for the other entries.
    pub(super) fn merge_into(self, answer: &mut Value) {
        let Some(answer) = answer.as_object_mut() else { return };
        answer.entry("Successful").or_insert_with(|| json!([]));
        if let Some(failed) = answer.entry("Failed").or_insert_with(|| json!([])).as_array_mut() {
            failed.extend(self.0);
        }
    }
}

fn with_id(mut error: Value, entry: &Value) -> Value {
    if let (Some(error), Some(id)) = (error.as_object_mut(), entry.get("Id")) {
        error.insert("Id".into(), id.clone());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Value {
        json!({ "Entries": [{ "Id": "0" }, { "Id": "1" }, { "Id": "2" }] })
    }

    #[test]
    fn failed_entries_are_answered_and_the_others_remain() {
        let (mut failed, mut request) = (Failed::default(), request());
        assert!(failed.strike(&mut request, &Fault::fail_entries(Which::First(2)), &mut Rng::with_seed(1)));
        assert_eq!(request, json!({ "Entries": [{ "Id": "2" }] }));
        let mut answer = json!({ "Successful": [{ "Id": "2" }] });
        failed.merge_into(&mut answer);
        let error = |id| json!({ "Id": id, "Code": "InternalError", "Message": "made to fail", "SenderFault": false });
        assert_eq!(answer, json!({ "Successful": [{ "Id": "2" }], "Failed": [error("0"), error("1")] }));
    }

    #[test]
    fn a_chance_of_none_or_all_is_none_or_all() {
        for (chance, count) in [(0.0, 0), (1.0, 3)] {
            let mut failed = Failed::default();
            let fault = Fault::fail_entries(Which::Each(chance));
            assert_eq!(failed.strike(&mut request(), &fault, &mut Rng::with_seed(1)), count > 0);
            assert_eq!(failed.0.len(), count);
        }
    }
}
