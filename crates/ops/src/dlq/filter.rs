//! Which letters a command is about.

use shared::message::DedupId;
use sqs::dead_letter::message::DeadLetter;

use super::choice::FilterArgs;

/// Stands for the letters that SQS moved by itself.
pub(crate) const NONE: &str = "none";

/// Fits a letter that fits each kind of filter given; without any, every letter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    reasons: Vec<String>,
    ids: Vec<Id>,
    text: Option<String>,
}

/// A message's name as somebody typed it: its dedup id, or its `MessageId`.
#[derive(Clone, Debug)]
pub(crate) struct Id {
    typed: String,
    id: DedupId,
}

impl Id {
    pub(crate) fn new(typed: &str) -> Self {
        Self { typed: typed.to_owned(), id: DedupId::of(typed) }
    }

    /// Whether it is this letter's. One that the consumer moved has a `MessageId` of its own, too.
    pub(crate) fn names(&self, letter: &DeadLetter) -> bool {
        let message = &letter.message;
        message.id == self.id || message.message_id == self.typed
    }

    /// As it was typed.
    pub(crate) fn typed(&self) -> &str {
        &self.typed
    }

    /// The key that a row has.
    pub(crate) fn key(&self) -> DedupId {
        self.id
    }
}

impl From<&FilterArgs> for Filter {
    fn from(args: &FilterArgs) -> Self {
        let ids = args.id.iter().map(|id| Id::new(id)).collect();
        Self { reasons: args.reason.clone(), ids, text: args.body_contains.clone() }
    }
}

impl Filter {
    pub(crate) fn fits(&self, letter: &DeadLetter) -> bool {
        let reason = letter.facts().reason;
        let has = |wanted: &String| reason.as_ref() == Some(wanted) || (reason.is_none() && wanted == NONE);
        (self.reasons.is_empty() || self.reasons.iter().any(has))
            && (self.ids.is_empty() || self.ids.iter().any(|id| id.names(letter)))
            && self.text.as_ref().is_none_or(|text| letter.message.body.contains(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqs::dead_letter::testing::letter;

    fn fits(reasons: &[&str], ids: &[&str], text: Option<&str>) -> Vec<usize> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let args = FilterArgs { reason: own(reasons), id: own(ids), body_contains: text.map(str::to_owned) };
        let filter = Filter::from(&args);
        let letters = [
            letter("m0", "apple", &[("dlq-reason", "data-error"), ("dedup-id", "order-1")]),
            letter("m1", "pear 🦀", &[("dlq-reason", "too-large"), ("dedup-id", "order-2")]),
            letter("m2", "apple", &[]),
        ];
        (0..letters.len()).filter(|n| filter.fits(&letters[*n])).collect()
    }

    #[test]
    fn filters_of_one_kind_add_up_and_kinds_narrow_down() {
        assert_eq!(fits(&[], &[], None), [0, 1, 2]);
        assert_eq!(fits(&["data-error"], &[], None), [0]);
        assert_eq!(fits(&["data-error", "too-large"], &[], None), [0, 1]);
        assert_eq!(fits(&["data-error", "too-large"], &[], Some("🦀")), [1]);
        assert_eq!(fits(&["data-error"], &["order-2"], None), [0; 0]);
    }

    #[test]
    fn letters_that_sqs_moved_have_the_reason_none() {
        assert_eq!(fits(&["none"], &[], None), [2]);
        assert_eq!(fits(&["none", "too-large"], &[], None), [1, 2]);
    }

    #[test]
    fn a_letter_is_known_by_dedup_id_and_message_id() {
        assert_eq!(fits(&[], &["order-1"], None), [0]);
        assert_eq!(fits(&[], &[&DedupId::of("order-1").to_string()], None), [0]);
        assert_eq!(fits(&[], &["m1", "m2"], None), [1, 2]);
        assert_eq!(fits(&[], &["Order-1"], None), [0; 0]);
    }
}
