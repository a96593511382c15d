//! What the answer to a call means for each message in it.

use shared::error::{Cause, ErrorKind, ServiceError};

use super::error::SendError;
use super::flight::Flight;
use super::submitted::Claim;
use crate::outgoing::Outgoing;
use crate::port::Entry;

/// Messages of a call, by what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Done with, well or not.
    pub(super) settled: Vec<(Outgoing, Claim, Result<(), SendError>)>,
    /// To be sent again.
    pub(super) again: Flight,
    /// To be sent again, each by itself: one of them made SQS refuse the call.
    pub(super) suspects: Flight,
    /// Why some are to be sent again.
    pub(super) reason: Option<String>,
}

/// Sorts the messages of a flight by what SQS says of them.
pub(super) fn read(flight: Flight, answer: &Result<Vec<Entry>, ServiceError>) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.again.failures = flight.failures + 1;
    let alone = flight.len() == 1;
    let mut entries = answer.as_ref().ok().into_iter().flatten();
    for (message, claim) in flight.messages.into_iter().zip(flight.claims) {
        match answer {
            Ok(_) => outcome.entry(message, claim, entries.next()),
            Err(fault) => outcome.fault(message, claim, fault, alone),
        }
    }
    outcome
}

impl Outcome {
    fn entry(&mut self, message: Outgoing, claim: Claim, entry: Option<&Entry>) {
        match entry {
            Some(Entry::Taken) => self.settled.push((message, claim, Ok(()))),
            Some(Entry::Refused(why)) => {
                self.settled.push((message, claim, Err(SendError::Refused(why.clone()))));
            }
            Some(Entry::Failed(why)) => self.repeat(message, claim, why),
            Some(Entry::Unknown(why)) => self.repeat_unknown(message, claim, why),
            None => self.repeat_unknown(message, claim, "not mentioned in the answer"),
        }
    }

    fn fault(&mut self, message: Outgoing, claim: Claim, fault: &ServiceError, alone: bool) {
        match fault.kind {
            _ if passes(fault) => {
                self.repeat_unknown(message, claim, &format!("{fault}; {}", fault.remedy()));
            }
            ErrorKind::Refused if fault.cause == Cause::Request && !alone => {
                self.suspects.messages.push(message);
                self.suspects.claims.push(claim);
            }
            ErrorKind::Refused if fault.cause == Cause::Request => {
                self.settled.push((message, claim, Err(SendError::Refused(fault.to_string()))));
            }
            _ => self.settled.push((message, claim, Err(SendError::Queue(fault.clone())))),
        }
    }

    fn repeat_unknown(&mut self, message: Outgoing, mut claim: Claim, why: &str) {
        claim.may_be_there = true;
        self.repeat(message, claim, why);
    }

    fn repeat(&mut self, message: Outgoing, claim: Claim, why: &str) {
        self.reason.get_or_insert_with(|| why.to_owned());
        self.again.messages.push(message);
        self.again.claims.push(claim);
    }
}

/// Whether the same call may succeed later: also when credentials that expired were renewed.
fn passes(fault: &ServiceError) -> bool {
    fault.kind == ErrorKind::Unavailable || fault.cause == Cause::Expired
}
