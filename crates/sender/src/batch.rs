//! What goes into one call, and what its answer means for each message in it.

use shared::limits::{MAX_BATCH, MAX_BYTES};
use shared::message::{DEDUP_ID, TRACEPARENT, TRACESTATE};

use crate::greeting::Greeting;

/// Bytes of a greeting at most: body, and each attribute's name, type and value.
const LONGEST: usize = "hello world ".len() + 20 + NAME + CONTEXT;
const NAME: usize = DEDUP_ID.len() + "String".len() + 36;
/// Where a span is traced: as long as the W3C wants them kept.
const CONTEXT: usize = TRACEPARENT.len() + "String".len() + 55 + TRACESTATE.len() + "String".len() + 512;
const _: () = assert!(MAX_BATCH * LONGEST <= MAX_BYTES, "a full batch is within SQS's limit in bytes");

/// Greetings that are sent in one call. A greeting's position is its entry's id.
#[derive(Clone, Debug, Default)]
pub struct Batch(Vec<Greeting>);

/// What SQS said of each entry, by position.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Entries that are on the queue.
    pub taken: Vec<usize>,
    /// Entries that are not.
    pub failed: Vec<Failure>,
}

/// An entry that SQS did not take.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which.
    pub position: usize,
    /// Why, in SQS's words.
    pub reason: String,
    /// Whether it would fail again.
    pub sender_fault: bool,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Numbers of the greetings that are on the queue.
    pub confirmed: Vec<u64>,
    /// To be sent again: not taken, or not mentioned in the answer.
    pub again: Batch,
    /// To be given up: number and reason.
    pub refused: Vec<(u64, String)>,
}

impl Batch {
    /// The greetings, in order.
    pub fn greetings(&self) -> &[Greeting] {
        &self.0
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many greetings it holds.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Sorts the greetings by what the answer says of them.
    pub fn reconcile(self, answer: &Answer) -> Outcome {
        let mut outcome = Outcome::default();
        for (position, greeting) in self.0.into_iter().enumerate() {
            let failure = answer.failed.iter().find(|failure| failure.position == position);
            match failure {
                _ if answer.taken.contains(&position) => outcome.confirmed.push(greeting.number),
                Some(failure) if failure.sender_fault => {
                    outcome.refused.push((greeting.number, failure.reason.clone()));
                }
                _ => outcome.again.0.push(greeting),
            }
        }
        outcome
    }
}

impl FromIterator<Greeting> for Batch {
    fn from_iter<I: IntoIterator<Item = Greeting>>(greetings: I) -> Self {
        Self(greetings.into_iter().collect())
    }
}

impl Answer {
    /// Why some entries must be sent again.
    pub fn reason(&self) -> &str {
        let passing = self.failed.iter().find(|failure| !failure.sender_fault);
        passing.map_or("not mentioned in the answer", |failure| &failure.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(count: u64) -> Batch {
        (1..=count).map(Greeting::new).collect()
    }

    fn failure(position: usize, sender_fault: bool) -> Failure {
        Failure { position, reason: "Code".into(), sender_fault }
    }

    #[test]
    fn every_entry_is_judged_by_its_own_answer() {
        let answer = Answer { taken: vec![3, 0], failed: vec![failure(1, false), failure(2, true)] };
        let outcome = batch(4).reconcile(&answer);
        assert_eq!(outcome.confirmed, [1, 4]);
        assert_eq!(outcome.again.greetings()[0].number, 2);
        assert_eq!(outcome.refused, [(3, "Code".to_owned())]);
    }

    #[test]
    fn an_entry_that_the_answer_does_not_mention_is_not_confirmed() {
        let batch = batch(2);
        let id = batch.greetings()[1].id;
        let outcome = batch.reconcile(&Answer { taken: vec![0, 7], failed: vec![failure(9, true)] });
        assert_eq!(outcome.confirmed, [1]);
        assert_eq!(outcome.again.greetings()[0].id, id);
        assert!(outcome.refused.is_empty());
    }

    #[test]
    fn the_longest_greeting_is_no_longer_than_assumed() {
        let greeting = Greeting::new(u64::MAX);
        let name = DEDUP_ID.len() + "String".len() + greeting.id.to_string().len();
        assert_eq!(greeting.body().len() + name + CONTEXT, LONGEST);
    }
}
