//! What a transaction remembers of its last error, and what that makes of the call.
//!
//! A job that writes `?` after each statement knows nothing of outages and deadlocks, and must not pay
//! for them. So what the database said counts, whatever the job says.

use engine::job::{Fail, Outcome};

use crate::connection::session::Failure;
use crate::error::{Class, StoreError};

/// What stands in a transaction's way.
#[derive(Debug, Default)]
pub(super) struct Memory {
    last: Option<Trouble>,
    has_ended: bool,
}

#[derive(Clone, Debug)]
struct Trouble {
    error: StoreError,
    /// Whether a statement of the job's took too long.
    is_late: bool,
    /// Whether it was the commit that failed.
    is_commit: bool,
}

impl Memory {
    /// Remembers why a statement of the job's failed.
    pub(super) fn note(&mut self, failure: &Failure) {
        self.has_ended |= ends(&failure.why);
        let (error, is_late) = (failure.why.clone(), failure.is_late);
        self.last = Some(Trouble { error, is_late, is_commit: false });
    }

    /// Remembers why a statement of the transaction's own failed: no message is to blame for it.
    pub(super) fn note_own(&mut self, failure: &Failure) {
        self.has_ended = true;
        self.last = Some(Trouble { error: failure.why.clone(), is_late: false, is_commit: true });
    }

    /// The last error.
    pub(super) fn last(&self) -> Option<&StoreError> {
        self.last.as_ref().map(|trouble| &trouble.error)
    }

    /// Whether the server has undone the transaction, or the connection is gone.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether the last thing that happened was that a statement of the job's took too long.
    pub(super) fn is_late(&self) -> bool {
        self.last.as_ref().is_some_and(|trouble| trouble.is_late)
    }

    /// What the call has come to, where the job's own word does not count. `is_alive` says of a late
    /// statement's database that it takes rows all the same: then the statement was slow.
    pub(super) fn overrules(&self, is_alive: bool) -> Option<Outcome> {
        let Trouble { error, is_late, is_commit } = self.last.as_ref()?;
        match error.class {
            Class::Unavailable if *is_late && is_alive => {
                Some(Outcome::Failed(Fail::retry("statement-timeout", error)))
            }
            Class::Data | Class::TooLarge | Class::Unknown if !is_commit => None,
            _ => Some(outcome(error)),
        }
    }
}

/// What an error means that is no message's fault.
pub(super) fn outcome(error: &StoreError) -> Outcome {
    match error.class {
        Class::Contention => Outcome::Contended(error.to_string()),
        Class::Unavailable | Class::Leaving | Class::Lost => Outcome::Failed(Fail::unavailable(error)),
        Class::Schema | Class::Denied | Class::Data | Class::TooLarge | Class::Unknown => {
            Outcome::Failed(Fail::unavailable(error).permanent())
        }
    }
}

/// Whether nothing of the transaction is left. A deadlock undoes all of it, and so may a lock that is
/// not got in time, as the server is set; a statement after that would take effect at once and alone.
fn ends(error: &StoreError) -> bool {
    !error.keeps_connection() || error.class == Class::Contention
}

#[cfg(test)]
mod tests {
    use diesel::result::Error;
    use engine::job::FailKind;

    use super::*;

    fn failure(why: StoreError, is_late: bool) -> Failure {
        Failure { why, error: Error::NotFound, is_late }
    }

    fn server(code: u16) -> Failure {
        failure(StoreError::server(code, "words".into()), false)
    }

    fn noted(failures: &[Failure]) -> Memory {
        let mut memory = Memory::default();
        for failure in failures {
            memory.note(failure);
        }
        memory
    }

    fn unavailable(outcome: Option<Outcome>) -> Option<bool> {
        match outcome {
            Some(Outcome::Failed(fail)) => match fail.kind() {
                FailKind::Unavailable { permanent } => Some(permanent),
                _ => None,
            },
            _ => None,
        }
    }

    #[test]
    fn an_outage_and_what_hits_all_alike_overrule_the_job() {
        for code in [1290, 1047, 1040, 1114] {
            assert_eq!(unavailable(noted(&[server(code)]).overrules(true)), Some(false), "{code}");
        }
        for code in [1146, 1054, 1364, 1142, 1045] {
            assert_eq!(unavailable(noted(&[server(code)]).overrules(true)), Some(true), "{code}");
        }
        let lost = failure(StoreError::lost("gone"), false);
        assert_eq!(unavailable(noted(&[lost]).overrules(true)), Some(false));
    }

    #[test]
    fn contention_overrules_the_job_and_ends_the_transaction() {
        for code in [1205, 1213, 3101] {
            let memory = noted(&[server(code)]);
            assert!(memory.has_ended(), "{code}");
            assert!(matches!(memory.overrules(true), Some(Outcome::Contended(_))), "{code}");
        }
    }

    #[test]
    fn a_refused_row_is_for_the_job_to_judge_and_ends_nothing() {
        for code in [1062, 1406, 1644, 3572] {
            let memory = noted(&[server(code)]);
            assert!(!memory.has_ended() && memory.overrules(true).is_none(), "{code}");
            assert_eq!(memory.last().and_then(|error| error.code), Some(code));
        }
        assert!(noted(&[server(1146), server(1062)]).overrules(true).is_none());
        assert!(Memory::default().overrules(true).is_none());
    }

    #[test]
    fn a_statement_that_is_too_large_is_the_messages_own_and_leaves_no_connection() {
        let memory = noted(&[failure(StoreError::too_large("packet"), false)]);
        assert!(memory.has_ended() && memory.overrules(true).is_none());
    }

    #[test]
    fn a_late_statement_is_the_messages_own_only_where_the_database_takes_rows() {
        let memory = noted(&[failure(StoreError::away("late"), true)]);
        assert_eq!(unavailable(memory.overrules(false)), Some(false));
        let Some(Outcome::Failed(fail)) = memory.overrules(true) else { panic!("not overruled") };
        assert_eq!((fail.reason(), fail.kind()), ("statement-timeout", FailKind::Retry { after: None }));
    }

    #[test]
    fn no_message_is_to_blame_for_a_commit() {
        let at_commit = |failure| {
            let mut memory = Memory::default();
            memory.note_own(&failure);
            assert!(memory.has_ended());
            memory.overrules(true)
        };
        assert_eq!(unavailable(at_commit(failure(StoreError::away("late"), true))), Some(false));
        assert_eq!(unavailable(at_commit(server(1105))), Some(true));
        assert_eq!(unavailable(at_commit(server(1644))), Some(true));
        assert!(matches!(at_commit(server(1213)), Some(Outcome::Contended(_))));
    }
}
