//! Remembers what is under way, and writes down what was not confirmed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use outbound::SendError;
use tokio_util::sync::CancellationToken;

use crate::feed::Numbered;
use crate::input::item::Unreadable;
use crate::ledger::Ledger;
use crate::rejects::{Reject, Rejects, RejectsError};

/// What is under way. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Inner>>);

/// What it knows at the end.
#[derive(Debug, Default)]
pub struct Summary {
    /// Lines that were no messages.
    pub unreadable: u64,
    /// Messages and lines that were written down.
    pub rejected: u64,
    /// The first line that is to be sent again; `None`: none is.
    pub resume_at: Option<u64>,
    /// What ended the run before its time.
    pub failure: Option<JournalError>,
}

/// What ends a run before its time.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The input breaks off.
    #[error("cannot read on: {0}")]
    Input(#[source] io::Error),
    /// What was not confirmed cannot be written down.
    #[error(transparent)]
    Rejects(#[from] RejectsError),
}

#[derive(Debug, Default)]
struct Inner {
    ledger: Ledger,
    rejects: Option<Rejects>,
    /// Whether messages are read, so that there is a line to go on with.
    is_input: bool,
    /// Whether the input was not read to its end.
    is_short: bool,
    summary: Summary,
    stop: CancellationToken,
    bar: Option<ProgressBar>,
}

impl Journal {
    /// Writes down to `rejects`, if there are any, and cancels `stop` where that fails. `bar` stands aside
    /// while it logs.
    pub fn new(rejects: Option<Rejects>, stop: CancellationToken, bar: ProgressBar) -> Self {
        Self(Arc::new(Mutex::new(Inner { rejects, stop, bar: Some(bar), ..Inner::default() })))
    }

    /// An input is read from the line with the number `first` on. Until it [ends](Self::input_ended), there
    /// is something to resume.
    pub fn input_begins(&self, first: u64) {
        let mut inner = self.lock();
        inner.ledger = Ledger::new(first);
        (inner.is_input, inner.is_short) = (true, true);
    }

    /// The input has ended.
    pub fn input_ended(&self) {
        self.lock().is_short = false;
    }

    /// The input cannot be read to its end.
    pub fn input_failed(&self, error: io::Error) {
        self.lock().summary.failure.get_or_insert(JournalError::Input(error));
    }

    /// These are going to be sent.
    pub fn taken_up(&self, messages: &[Numbered]) {
        let mut inner = self.lock();
        let is_kept = inner.rejects.is_some();
        for Numbered { number, message } in messages {
            inner.ledger.open(*number, is_kept.then(|| message.clone()));
        }
    }

    /// These are on the queue.
    pub fn confirmed(&self, numbers: &[u64]) {
        let mut inner = self.lock();
        for number in numbers {
            inner.ledger.settle(*number);
        }
    }

    /// This one is not known to be on the queue. What was never handed over, or cannot be written down
    /// and may be taken another time, is to be sent again from here on.
    pub fn failed(&self, number: u64, error: &SendError) {
        let mut inner = self.lock();
        let is_refused = matches!(error, SendError::Flaw(_) | SendError::Refused(_));
        match error {
            SendError::Closed => {}
            _ if inner.rejects.is_some() => inner.write_message(number, &error.to_string()),
            _ if is_refused => inner.ledger.settle(number),
            _ => {}
        }
    }

    /// This line is no message.
    pub fn unreadable(&self, number: u64, line: &Unreadable) {
        let mut inner = self.lock();
        inner.ledger.pass(number);
        inner.summary.unreadable += 1;
        inner.aside(|| tracing::error!("line {number} is no message: {}", line.why));
        inner.write_line(number, line);
    }

    /// What it knows by now. What ended the run is told once.
    pub fn summary(&self) -> Summary {
        let mut inner = self.lock();
        let is_left = inner.is_short || (inner.is_input && !inner.ledger.is_settled());
        let resume_at = is_left.then(|| inner.ledger.resume_at());
        Summary { resume_at, ..std::mem::take(&mut inner.summary) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write_message(&mut self, number: u64, why: &str) {
        let Some(rejects) = &mut self.rejects else { return };
        let written =
            self.ledger.message(number).map(|kept| rejects.write(&Reject::message(number, kept, why)));
        if self.note(written) {
            self.ledger.settle(number);
        }
    }

    fn write_line(&mut self, number: u64, line: &Unreadable) {
        let written = self.rejects.as_mut().map(|rejects| rejects.write(&Reject::unreadable(number, line)));
        self.note(written);
    }

    /// Counts what was written. Where nothing can be, nothing more is to be sent. Returns whether it was.
    fn note(&mut self, written: Option<Result<(), RejectsError>>) -> bool {
        match written {
            Some(Ok(())) => {
                self.summary.rejected += 1;
                return true;
            }
            Some(Err(error)) => {
                self.summary.failure.get_or_insert(error.into());
                self.stop.cancel();
            }
            None => {}
        }
        false
    }

    fn aside(&self, log: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(log),
            None => log(),
        }
    }
}

#[cfg(test)]
mod tests {
    use outbound::{Flaw, Outgoing};

    use super::*;

    fn journal() -> Journal {
        let journal = Journal::default();
        journal.input_begins(3);
        journal
    }

    fn take_up(journal: &Journal, numbers: &[u64]) {
        let numbered = |number: &u64| Numbered { number: *number, message: Outgoing::new("id", "b") };
        journal.taken_up(&numbers.iter().map(numbered).collect::<Vec<_>>());
    }

    fn unconfirmed() -> SendError {
        SendError::Unconfirmed("SQS is away".to_owned())
    }

    #[test]
    fn an_input_that_was_sent_to_its_end_leaves_nothing() {
        let journal = journal();
        take_up(&journal, &[3, 4]);
        journal.input_ended();
        journal.confirmed(&[4, 3]);
        let summary = journal.summary();
        assert_eq!((summary.resume_at, summary.unreadable, summary.rejected), (None, 0, 0));
    }

    #[test]
    fn an_input_that_was_not_read_to_its_end_goes_on_behind_what_is_settled() {
        let journal = journal();
        assert_eq!(journal.summary().resume_at, Some(3));
        take_up(&journal, &[3, 4]);
        journal.confirmed(&[3, 4]);
        assert_eq!(journal.summary().resume_at, Some(5));
    }

    #[test]
    fn what_may_be_taken_later_is_sent_again_and_what_was_refused_is_not() {
        for (error, resume_at) in [
            (unconfirmed(), Some(3)),
            (SendError::Unknown("x".to_owned()), Some(3)),
            (SendError::Closed, Some(3)),
            (SendError::Refused("x".to_owned()), None),
            (Flaw::Empty.into(), None),
        ] {
            let journal = journal();
            take_up(&journal, &[3, 4]);
            journal.input_ended();
            journal.confirmed(&[4]);
            journal.failed(3, &error);
            assert_eq!(journal.summary().resume_at, resume_at, "{error}");
        }
    }

    #[test]
    fn a_line_that_is_no_message_is_counted_and_not_gone_back_to() {
        let journal = journal();
        let line = Unreadable { why: "it is bad".to_owned(), offset: 0, content: None };
        journal.unreadable(3, &line);
        let summary = journal.summary();
        assert_eq!((summary.resume_at, summary.unreadable, summary.rejected), (Some(4), 1, 0));
    }

    #[test]
    fn greetings_are_not_gone_back_to() {
        let journal = Journal::default();
        take_up(&journal, &[1]);
        journal.failed(1, &unconfirmed());
        assert_eq!(journal.summary().resume_at, None);
    }

    #[test]
    fn an_input_that_breaks_off_is_told_and_goes_on_there() {
        let journal = journal();
        take_up(&journal, &[3]);
        journal.confirmed(&[3]);
        journal.input_failed(io::ErrorKind::BrokenPipe.into());
        let summary = journal.summary();
        assert!(matches!(summary.failure, Some(JournalError::Input(_))));
        assert_eq!(summary.resume_at, Some(4));
    }
}
