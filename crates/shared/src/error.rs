//! What a failed call to the queue's service means.

use std::error::Error;

mod cause;
mod kind;

pub use cause::Cause;
pub use kind::ErrorKind;

/// A call that failed as a whole.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {text}")]
pub struct ServiceError {
    /// What it means for the program.
    pub kind: ErrorKind,
    /// What it means for people, who get [`remedy`](Self::remedy) from it.
    pub cause: Cause,
    /// The API's name for the call.
    pub operation: &'static str,
    /// The service's or the network's own words, in one line.
    pub text: String,
}

impl ServiceError {
    /// A failure of `kind` made by hand.
    pub fn of(kind: ErrorKind, operation: &'static str, text: impl Into<String>) -> Self {
        let cause = match kind {
            ErrorKind::Unavailable => Cause::Silence,
            ErrorKind::Refused => Cause::Request,
            ErrorKind::Denied => Cause::Permission,
            ErrorKind::NoSuchQueue => Cause::NoSuchQueue,
        };
        Self { kind, cause, operation, text: text.into() }
    }

    /// Reads one entry of an answer to a batch, which has a code and words as an error has.
    pub fn of_code(operation: &'static str, code: &str, is_senders: bool, text: &str) -> Self {
        let cause = Cause::of_code(code, if is_senders { 400 } else { 500 });
        Self { kind: cause.kind(), cause, operation, text: one_line(&format!("{text} ({code})")) }
    }

    /// What to do about it, as a sentence without its full stop.
    pub fn remedy(&self) -> String {
        self.cause.remedy(self.operation)
    }
}

/// `text` without what would begin a line of the log, or steer a terminal.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The error and its causes in one line; the `Display` of an SDK alone says "dispatch failure". A link
/// that quotes a request or an answer, and with it bodies, is left out.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let links = std::iter::successors(Some(error), |error| (*error).source());
    let texts = links.map(ToString::to_string).filter(|text| !text.contains("SdkBody"));
    texts.collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_at_its_place() {
        for (place, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{}", kind.word());
        }
    }

    #[test]
    fn a_kind_that_is_made_by_hand_has_a_cause_of_that_kind() {
        for kind in ErrorKind::ALL {
            assert_eq!(ServiceError::of(kind, "X", "").cause.kind(), kind);
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Link(&'static str, #[source] Option<Box<Self>>);

    #[test]
    fn a_chain_has_every_link_but_those_that_quote_a_request() {
        let inner = Link("endpoint must contain scheme", None);
        let quoting =
            Link("no request `Request { body: SdkBody { … \"MessageBody\" } }`", Some(inner.into()));
        assert_eq!(
            chain(&Link("dispatch failure", Some(quoting.into()))),
            "dispatch failure: endpoint must contain scheme"
        );
    }
}
